#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "providers/recovery_services/common/source_kind.h"

// How containers and items are named. Source: backup.md 8.1, recorded traffic; the digest in the names of shares is our
// choice. Names compare without case.
namespace quaymaster::recovery_services {

/// A container taken apart: the machine or the storage account it stands for.
struct ContainerName {
  SourceKind kind = SourceKind::machine;
  std::string group;
  std::string name;
};
/// "IaasVMContainer;iaasvmcontainerv2;rg;vm" (also without its first segment) or "StorageContainer;Storage;rg;account",
/// in any case. None: of another form, or of a kind that is not protected here.
std::optional<ContainerName> parse_container(std::string_view name);

/// "IaasVMContainer;iaasvmcontainerv2;rg;vm"
std::string machine_container(std::string_view group, std::string_view machine);
/// "VM;iaasvmcontainerv2;rg;vm"
std::string machine_item(std::string_view group, std::string_view machine);
/// "StorageContainer;Storage;rg;account": the registered container itself.
std::string storage_container(std::string_view group, std::string_view account);
/// "StorageContainer;storage;rg;account": the same as the items in it write it.
std::string item_storage_container(std::string_view group, std::string_view account);
/// "AzureFileShare;<64 hex>", the same for the same share for ever.
std::string share_item(std::string_view account_id, std::string_view share);

/// The forms that the store compares: in lower case, and a left out first segment put back.
std::string comparable_container(std::string_view name);
std::string comparable_item(std::string_view name);

}  // namespace quaymaster::recovery_services
