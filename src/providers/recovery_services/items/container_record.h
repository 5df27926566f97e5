#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "store/database.h"

namespace quaymaster::recovery_services {

/// Tables of containers and of sources seen by a refresh, for open_sqlite.
store::Schema containers_schema();

/// A storage account registered with a vault. Machines need no registration: each item is its own container.
struct ContainerRecord {
  Guid vault;
  std::string name;       // "StorageContainer;Storage;rg;account"
  std::string source_id;  // resource id of the account, as the account spells it
  std::string lock;       // "Acquire" or "NotAcquire": reported, no meaning here
  Time created;
};

/// By name, any case. Errc::not_found, published as BMSUserErrorContainerObjectNotFound.
Result<ContainerRecord> find_container(store::Reader& reader, const Guid& vault, std::string_view name);
/// By account, in any vault. Errc::not_found.
Result<ContainerRecord> find_container_of(store::Reader& reader, std::string_view source_id);
/// In order of the lower-case name, after `after`; `including` it if present.
Result<std::vector<ContainerRecord>> containers_of(store::Reader& reader, const Guid& vault, std::string_view after,
                                                   std::size_t limit, bool including = false);
Result<std::int64_t> count_containers(store::Reader& reader, const Guid& vault);
/// Registers a container, or updates the lock of an existing one. Errc::conflict: another vault has the account.
Result<> put_container(store::Writer& writer, const ContainerRecord& container);
Result<> remove_container(store::Writer& writer, const Guid& vault, std::string_view name);

/// Records what a refresh or an inquiry saw: lists of what can be protected show nothing else. `kind` is "VM" or
/// "AzureFileShare"; ids are in lower case, those of shares "<account id>/<share>".
Result<> know_source(store::Writer& writer, const Guid& vault, std::string_view kind, std::string_view id);
/// Those after `after`, up to and including `until`; empty: all the rest.
Result<> forget_sources(store::Writer& writer, const Guid& vault, std::string_view kind, std::string_view after,
                        std::string_view until);
/// When the vault is deleted.
Result<> forget_all_sources(store::Writer& writer, const Guid& vault);
Result<bool> is_known(store::Reader& reader, const Guid& vault, std::string_view kind, std::string_view id);
inline constexpr std::string_view kKnownMachine = "VM";
inline constexpr std::string_view kKnownShare = "AzureFileShare";

}  // namespace quaymaster::recovery_services
