#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/resource_groups.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "ports/storage_accounts.h"
#include "providers/storage/account_models.h"
#include "store/database.h"

namespace quaymaster::storage {

/// Tables of the accounts, for open_sqlite. Keys are stored in plain form: they sign requests, so a hash would not
/// do. The database file has mode 0600 (doc/decisions/0007-secrets.md).
store::Schema account_schema();

/// A storage account as it is stored.
struct Account {
  std::string name;          // lower case, unique on this server
  std::string subscription;  // as Directory writes it
  std::string group;         // in the case that the group has
  std::string location;
  Kind kind = Kind::storage_v2;
  SkuName sku = SkuName::standard_lrs;
  arm::Tags tags;
  AccountSettings settings;
  Buffer keys[2];  // 64 bytes each; secret
  Time key_created[2];
  Time created;
  Time changed;

  std::string id() const;
};

/// "https://localhost:10000/NAME/" for an account name.
using Endpoint = std::function<std::string(std::string_view account)>;

/// Storage accounts: records, keys and the blobs that belong to them. Thread-safe.
class Accounts final : public arm::StorageAccounts, public arm::ResourceOwner {
 public:
  Accounts(store::Database& database, Clock& clock, RandomSource& random, arm::ResourceGroups& groups,
           blob::Store& blobs, Endpoint endpoint);

  /// Completes interrupted deletions. Call before the server starts.
  Result<> recover();

  // For the Blob face and for providers that move blobs; these only read records and do not block.
  /// Errc::not_found: no such account, or it is being deleted.
  Result<Account> find(store::Reader& reader, std::string_view name);
  Result<Account> find(std::string_view name);
  Result<arm::StorageAccount> by_id(store::Reader& reader, std::string_view id) override;
  Result<arm::StorageAccount> by_name(store::Reader& reader, std::string_view name) override;
  Result<std::vector<arm::StorageAccount>> in_subscription(store::Reader& reader, std::string_view subscription,
                                                           std::string_view after, std::size_t limit) override;

  /// Creates an account with two new keys. If this same resource already exists, changes nothing and returns false,
  /// with `account` as stored. Errors are published: StorageAccountAlreadyTaken,
  /// StorageAccountInAnotherResourceGroup, StorageAccountIsBeingDeleted, those of Directory::require_group. Keys
  /// already set in `account` are kept: used for the test profile's well-known account.
  Result<bool> create(store::Writer& writer, Account& account);
  /// Writes kind, sku, tags and settings.
  Result<> update(store::Writer& writer, const Account& account);
  /// `index` is 0 or 1; the other key stays valid. Returns the account with its new key.
  Result<Account> regenerate_key(store::Writer& writer, const Account& account, int index);
  /// Removes the record and every blob of the account; both are deleted for good on return. False: there was none.
  Result<bool> remove(std::string_view subscription, std::string_view group, std::string_view name,
                      const store::Fence& fence = {});
  Result<std::vector<Account>> list_accounts(store::Reader& reader, std::string_view subscription,
                                             std::string_view group, std::string_view after_id, std::size_t limit);
  /// Whether the name is taken; true also while the account is being deleted.
  Result<bool> is_taken(store::Reader& reader, std::string_view name);

  // arm::ResourceOwner
  Result<> list(store::Reader& reader, std::string_view subscription, std::string_view group, std::string_view after,
                std::size_t limit, std::vector<arm::GenericResource>& into) override;
  Result<> remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) override;
  Result<> server_paths(store::Reader& reader, std::vector<arm::ServerPath>& into) override;

  std::string endpoint(std::string_view account) const { return endpoint_(account); }
  Buffer fresh_key();

 private:
  Result<> finish_removal(const std::string& name);

  store::Database& database_;
  Clock& clock_;
  RandomSource& random_;
  arm::ResourceGroups& groups_;
  blob::Store& blobs_;
  const Endpoint endpoint_;
};

/// 3 to 24 lower-case letters and digits. Source: Azure's naming rules for storage accounts.
bool is_account_name(std::string_view name);

}  // namespace quaymaster::storage
