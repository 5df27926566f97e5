#pragma once

#include <optional>
#include <string>
#include <vector>

#include "blob/records/records.h"

namespace quaymaster::blob {

// Containers, inside a change or view. The id of a deleted container is never reused: its blobs stay recorded under it
// until reclaim removes them. Errc as the corresponding calls of Store.

Result<ContainerInfo> create_container(store::Writer& writer, const Context& context, const std::string& account,
                                       const std::string& container, const Metadata& metadata);
Result<ContainerInfo> get_container(store::Reader& reader, const std::string& account, const std::string& container);
Result<ContainerInfo> set_container_metadata(store::Writer& writer, const Context& context, const std::string& account,
                                             const std::string& container, const Metadata& metadata);
Result<> delete_container(store::Writer& writer, const Context& context, const std::string& account,
                          const std::string& container, const Conditions& conditions);
Result<ContainerInfo> restore_container(store::Writer& writer, const Context& context, const std::string& account,
                                        const std::string& deleted_name, std::uint64_t id,
                                        const std::string& container);
/// Deletes one transaction's worth of the account's containers, deleted ones too, and in the end what is recorded of
/// the account; false when nothing is left.
Result<bool> delete_some_containers(store::Writer& writer, const std::string& account);
/// `now`: deleted containers that expire later are listed too; nullopt: none are.
Result<ContainerPage> list_containers(store::Reader& reader, const std::string& account, const std::string& prefix,
                                      const std::string& marker, std::size_t limit, std::optional<Time> now);

}  // namespace quaymaster::blob
