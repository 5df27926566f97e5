#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arm/operation.h"
#include "arm/resource_groups.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/thread_pool.h"
#include "blob/blob_store.h"
#include "faces/blob/blob_service.h"
#include "identity/audit/audit.h"
#include "identity/issuer.h"
#include "jobs/engine.h"
#include "providers/authorization/authorization.h"
#include "providers/compute/machines.h"
#include "providers/import_export/provider.h"
#include "providers/network/networks.h"
#include "providers/recovery_services/provider.h"
#include "providers/resources/resources.h"
#include "providers/storage/account_operations.h"
#include "providers/storage/accounts.h"
#include "providers/storage/shares.h"
#include "server/metrics/metrics.h"
#include "server/settings/settings.h"
#include "store/database.h"

namespace quaymaster::server {

/// What the providers depend on; all of it outlives them.
struct Engines {
  const Settings& settings;
  Clock& clock;
  RandomSource& random;
  Disk& disk;
  store::Database& database;
  objects::ObjectStore& objects;
  blob::Store& blobs;
  jobs::Engine& jobs;
  identity::Issuer& issuer;
  arm::ResourceGroups& groups;
  ThreadPool& pool;
  identity::AuditLog* audit;  // null: none is kept
  Path data;                  // the data directory, absolute
  std::string arm_address;    // "https://localhost:8443"
  std::string blob_address;   // "http://127.0.0.1:10000"
  /// How imports open drives; empty: without changes.
  std::function<std::unique_ptr<drive::DriveReader>(std::unique_ptr<drive::DriveRoot>)> wrap_drive = {};
};

/// All providers of this server. A new one is a member, its schema in provider_schemas, a line in registrations.
class Providers {
 public:
  /// Adds job kinds to the engine, so it is constructed before the engine starts.
  static Result<std::unique_ptr<Providers>> open(Engines engines);

  /// Their operation tables, for the face of Resource Manager.
  std::vector<arm::Registration> registrations();
  storage::BlobService& blob() { return *blob_; }

  /// Starts the providers' background work, once the engine runs; `stop` returns when all of it has stopped.
  void start();
  void stop();
  /// Their gauges for /metrics.
  void add_gauges(Metrics& metrics);

 private:
  explicit Providers(Engines engines);
  Result<> prepare();
  std::vector<Path> own_places() const;  // what no share, image or drive may overlap
  Result<> check_places() const;
  Result<> make_emulator_account();
  Result<> open_import_export();
  Result<vault::KeyEncryptionKey> vault_key();
  Result<> open_recovery_services();
  storage::BlobNeighbours neighbours();

  const Engines engines_;
  storage::Accounts accounts_;
  storage::AccountOperations account_operations_;
  storage::Shares shares_;
  compute::Machines machines_;
  network::Networks networks_;
  resources::Resources resources_;
  std::unique_ptr<storage::BlobService> blob_;
  std::unique_ptr<import_export::ImportExport> import_export_;
  std::unique_ptr<recovery_services::RecoveryServices> recovery_services_;
};

/// The tables of every provider, for open_sqlite.
std::vector<store::Schema> provider_schemas();

}  // namespace quaymaster::server
