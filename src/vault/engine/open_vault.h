#pragma once

#include <memory>
#include <string>

#include "vault/vault.h"

namespace quaymaster::vault {

/// Tables of every vault, for open_sqlite.
store::Schema schema();

/// Makes the vault's keys and its first objects. Errc::conflict: there is one already.
Result<> create_vault(store::Database& database, objects::ObjectStore& objects, RandomSource& random,
                      const std::string& prefix, const KeyEncryptionKey& key);
/// Errc::not_found. Errc::forbidden: wrong key. Errc::corrupt. Errc::unsupported: written by a newer version.
Result<std::unique_ptr<Vault>> open_vault(store::Database& database, objects::ObjectStore& objects, Clock& clock,
                                          RandomSource& random, const std::string& prefix, const KeyEncryptionKey& key,
                                          Options options = {});
/// Removes every object and row of the vault that nobody has open; gone for good on return. What is gone already is
/// no error, so a removal that was interrupted is repeated. Errc::io.
Result<> destroy_vault(store::Database& database, objects::ObjectStore& objects, const std::string& prefix);

}  // namespace quaymaster::vault
