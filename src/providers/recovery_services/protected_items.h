#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/source_kind.h"
#include "store/database.h"

namespace quaymaster::recovery_services {

/// What the vaults' and policies' areas know of a protected item.
struct ItemBrief {
  using Source = SourceKind;
  Guid vault;  // VaultRecord::id
  Source source = Source::machine;
  std::string container;      // "IaasVMContainer;iaasvmcontainerv2;rg;vm", "StorageContainer;storage;rg;account"
  std::string item;           // "VM;iaasvmcontainerv2;rg;vm", "AzureFileShare;<hex>"
  std::string friendly_name;  // the machine's name, or the share's
  std::string source_id;      // resource id of the machine or the storage account, as it was written
  std::string policy;         // name; empty while protection is stopped
  bool is_protected = false;  // a policy governs it
  bool is_soft_deleted = false;
};

/// The protected items, as the areas beside them ask for them.
class ProtectedItems {
 public:
  virtual ~ProtectedItems() = default;
  /// Up to `limit` items of the vault, also stopped and soft-deleted ones, by container and item name.
  virtual Result<std::vector<ItemBrief>> of_vault(store::Reader& reader, const Guid& vault, std::size_t limit) = 0;
  /// Every item of every vault whose source is that machine or storage account; any case.
  virtual Result<std::vector<ItemBrief>> of_source(store::Reader& reader, std::string_view source_id) = 0;
  /// Soft delete was switched off: what is soft-deleted goes for good, the first few hundred items in this transaction
  /// and the rest as a job.
  virtual Result<> purge_soft_deleted(store::Writer& writer, const Guid& vault) = 0;
};

}  // namespace quaymaster::recovery_services
