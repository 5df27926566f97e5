#pragma once

#include "blob/records/records.h"

namespace quaymaster::blob {

/// One page of a container. Walks the index of names by key: cost depends on the page, not on what lies before it,
/// under it or behind it. Errc::not_found, Errc::invalid (the marker).
Result<ListPage> list_page(store::Reader& reader, const std::string& account, const std::string& container,
                           const ListRequest& request);

}  // namespace quaymaster::blob
