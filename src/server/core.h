#pragma once

#include <memory>
#include <thread>

#include "arm/face.h"
#include "arm/resource_groups.h"
#include "base/thread_pool.h"
#include "blob/blob_store.h"
#include "identity/audit/audit.h"
#include "identity/issuer.h"
#include "identity/sign_in/sign_in.h"
#include "jobs/engine.h"
#include "objects/object_store.h"
#include "server/app.h"
#include "server/data/data_directory.h"
#include "server/issuer_keys.h"
#include "server/metrics/metrics.h"
#include "server/providers.h"
#include "server/settings/settings.h"
#include "standin/standin.h"
#include "store/database.h"

namespace quaymaster::server {

/// Everything that depends on one set of records and objects: engines, identity, providers and the faces above them. A
/// server has one core; the stand-in replaces it when it loads a state. All arguments must outlive it.
class Core {
 public:
  struct Parts {
    const Settings& settings;
    const World& world;
    DataDirectory& directory;
    const http::HostNames& hosts;
    ThreadPool& pool;           // of requests
    ThreadPool& large_pool;     // of requests with large bodies
    ThreadPool& secret_pool;    // of the hashing of secrets
    standin::Standin* standin;  // null in the standard profile
  };

  /// The tables of all owners.
  static std::vector<store::Schema> schemas();

  /// Opens the records, the objects and the identity. Errors of the parts.
  static Result<std::unique_ptr<Core>> open(const Parts& parts);
  /// Calls stop().
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// Fills in tenant and subscription in `endpoints`, then builds the faces, which report the endpoints to clients.
  Result<> build_faces(Endpoints& endpoints);
  /// Gauges that read from this core; they must be removed before it is destroyed.
  void add_gauges(Metrics& metrics);
  /// Starts background work: jobs, schedules, reclaiming of space.
  void start();
  /// Running steps stop at their next safe point and stay queued. No requests may arrive any more.
  void stop();

  http::Handler& arm() { return *arm_; }
  http::Handler& sign_in() { return *sign_in_; }
  http::Handler& blob() { return providers_->blob(); }
  store::Database& database() { return *database_; }
  identity::Issuer& issuer() { return *issuer_; }
  /// The newest version of "Microsoft.Compute/disks", not a preview if possible; empty: no provider has such types.
  std::string newest_version(std::string_view type);
  const Administrator& administrator() const { return administrator_; }

 private:
  explicit Core(const Parts& parts) : parts_(parts) {}
  Result<> open_engines();
  Result<> open_identity();

  const Parts parts_;
  // Built in this order; destroyed in reverse, after stop() has stopped every thread.
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<jobs::Engine> jobs_;
  std::unique_ptr<identity::AuditLog> audit_;
  std::unique_ptr<identity::Issuer> issuer_;
  std::unique_ptr<IssuerKeys> issuer_keys_;
  std::unique_ptr<arm::ResourceGroups> resources_;
  Administrator administrator_;
  std::unique_ptr<Providers> providers_;
  std::unique_ptr<identity::PersonalTokens> personal_;
  std::unique_ptr<identity::SignIn> sign_in_;
  std::unique_ptr<arm::Face> arm_;
  std::jthread background_;
};

}  // namespace quaymaster::server
