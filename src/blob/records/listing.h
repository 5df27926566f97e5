#pragma once

#include "blob/records/records.h"

namespace quaymaster::blob {

/// One page of a container's listing at the time `now`. Walks the indexes of names by key: the cost depends on the
/// page, not on what precedes it, lies below its prefixes or follows it. Errc::not_found, Errc::invalid (the marker).
Result<ListPage> list_page(store::Reader& reader, const std::string& account, const std::string& container,
                           const ListRequest& request, Time now);

}  // namespace quaymaster::blob
