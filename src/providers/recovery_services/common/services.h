#pragma once

#include <functional>
#include <memory>
#include <string>

#include "arm/resource_groups.h"
#include "base/clock.h"
#include "base/files/disk.h"
#include "base/guid.h"
#include "blob/blob_store.h"
#include "identity/issuer.h"
#include "jobs/engine.h"
#include "objects/object_store.h"
#include "ports/file_shares.h"
#include "ports/machines.h"
#include "ports/storage_accounts.h"
#include "store/database.h"
#include "vault/vault.h"

namespace quaymaster::recovery_services {

/// What the provider depends on; everything here outlives the provider.
struct Services {
  store::Database& database;
  jobs::Engine& engine;
  objects::ObjectStore& objects;  // where vaults keep their packs, below "vaults/<guid>"
  blob::Store& blobs;
  arm::ResourceGroups& groups;
  arm::StorageAccounts& accounts;
  arm::Machines& machines;
  arm::FileShares& shares;
  Clock& clock;
  RandomSource& random;
  Disk& disk;
  identity::Issuer& issuer;           // jobs check again whether the user who requested them is still allowed to
  vault::KeyEncryptionKey vault_key;  // of every vault of this server
  vault::Options vault_options;       // how vaults are opened
  std::string blob_address = "https://localhost:10000";  // of the Blob face, where exports are downloaded
};

}  // namespace quaymaster::recovery_services
