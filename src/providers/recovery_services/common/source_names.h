#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/recovery_services/common/source_kind.h"

// How containers and items are named. Source: backup.md 8.1, recorded traffic; the digest in share names is our
// choice. Names are compared case-insensitively.
namespace quaymaster::recovery_services {

/// A parsed container name: the machine or storage account it stands for.
struct ContainerName {
  SourceKind kind = SourceKind::machine;
  std::string group;
  std::string name;
};
/// "IaasVMContainer;iaasvmcontainerv2;rg;vm" (the first segment may be missing) or
/// "StorageContainer;Storage;rg;account", in any case. Nothing for any other form, or for a kind that is not
/// protected here.
std::optional<ContainerName> parse_container(std::string_view name);

/// "IaasVMContainer;iaasvmcontainerv2;rg;vm"
std::string machine_container(std::string_view group, std::string_view machine);
/// "VM;iaasvmcontainerv2;rg;vm"
std::string machine_item(std::string_view group, std::string_view machine);
/// "StorageContainer;Storage;rg;account": the registered container itself.
std::string storage_container(std::string_view group, std::string_view account);
/// "StorageContainer;storage;rg;account": the same container as its items spell it.
std::string item_storage_container(std::string_view group, std::string_view account);
/// "AzureFileShare;<64 hex>"; never changes for the same share.
std::string share_item(std::string_view account_id, std::string_view share);

/// The form that the store compares: lower case, with a missing first segment added.
std::string comparable_container(std::string_view name);
std::string comparable_item(std::string_view name);

/// Every lower-case name whose comparable form is that of `name`.
std::vector<std::string> container_spellings(std::string_view name);
std::vector<std::string> item_spellings(std::string_view name);

}  // namespace quaymaster::recovery_services
