#pragma once

#include "arm/operation.h"
#include "arm/paths.h"
#include "providers/storage/accounts.h"

namespace quaymaster::storage {

/// The Resource Manager side of Microsoft.Storage: the handlers of kStorageProvider's rows. Thread-safe.
class AccountOperations {
 public:
  explicit AccountOperations(Accounts& accounts) : accounts_(accounts) {}

  Result<arm::Reply<AccountAnswer>> create(arm::Context& context, const AccountPath& path, const CreateAccount& body);
  Result<arm::Reply<AccountAnswer>> update(arm::Context& context, const AccountPath& path, const UpdateAccount& body);
  Result<arm::Reply<AccountAnswer>> get(arm::Context& context, const AccountPath& path);
  Result<arm::Reply<>> remove(arm::Context& context, const AccountPath& path);
  Result<arm::Reply<arm::Page<AccountAnswer>>> list(arm::Context& context, const arm::SubscriptionPath& path);
  Result<arm::Reply<arm::Page<AccountAnswer>>> list_in_group(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Reply<Keys>> list_keys(arm::Context& context, const AccountPath& path);
  Result<arm::Reply<Keys>> regenerate_key(arm::Context& context, const AccountPath& path, const RegenerateKey& body);
  Result<arm::Reply<NameAnswer>> check_name(arm::Context& context, const arm::SubscriptionPath& path,
                                            const CheckName& body);

 private:
  Result<Account> stored(store::Reader& reader, const AccountPath& path);
  Result<Account> look_up(arm::Context& context, const AccountPath& path);
  AccountAnswer answer_of(const Account& account) const;
  Result<arm::Page<AccountAnswer>> page_of(arm::Context& context, std::string_view subscription,
                                           std::string_view group);

  Accounts& accounts_;
};

extern const arm::Provider kStorageProvider;

}  // namespace quaymaster::storage
