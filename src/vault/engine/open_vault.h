#pragma once

#include <memory>
#include <string>

#include "vault/vault.h"

namespace quaymaster::vault {

/// Tables of every vault, for open_sqlite.
store::Schema schema();

/// Creates the vault's keys and its first objects. Errc::conflict: it exists already.
Result<> create_vault(store::Database& database, objects::ObjectStore& objects, RandomSource& random,
                      const std::string& prefix, const KeyEncryptionKey& key);
/// Errc::not_found. Errc::forbidden: wrong key. Errc::corrupt. Errc::unsupported: written by a newer version.
Result<std::unique_ptr<Vault>> open_vault(store::Database& database, objects::ObjectStore& objects, Clock& clock,
                                          RandomSource& random, const std::string& prefix, const KeyEncryptionKey& key,
                                          Options options = {});
/// Removes every object and row of a vault that is not open; permanent on return. Objects already missing are not an
/// error, so an interrupted removal can be repeated. Errc::io.
Result<> destroy_vault(store::Database& database, objects::ObjectStore& objects, const std::string& prefix,
                       const store::Fence& fence = {});

}  // namespace quaymaster::vault
