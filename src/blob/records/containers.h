#pragma once

#include <string>
#include <vector>

#include "blob/records/records.h"

namespace quaymaster::blob {

// Containers, inside a change or view. A container deleted takes its id with it: its blobs stay recorded under that id
// until reclaim removes them, and no later container can have it. Errc as the calls of Store say.

Result<ContainerInfo> create_container(store::Writer& writer, const Context& context, const std::string& account,
                                       const std::string& container, const Metadata& metadata);
Result<ContainerInfo> get_container(store::Reader& reader, const std::string& account, const std::string& container);
Result<ContainerInfo> set_container_metadata(store::Writer& writer, const Context& context, const std::string& account,
                                             const std::string& container, const Metadata& metadata);
Result<> delete_container(store::Writer& writer, const std::string& account, const std::string& container,
                          const Conditions& conditions);
/// A transaction's worth of all there are; false when none is left.
Result<bool> delete_some_containers(store::Writer& writer, const std::string& account);
Result<ContainerPage> list_containers(store::Reader& reader, const std::string& account, const std::string& prefix,
                                      const std::string& marker, std::size_t limit);

}  // namespace quaymaster::blob
