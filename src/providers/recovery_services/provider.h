#pragma once

#include <memory>
#include <vector>

#include "arm/operation.h"
#include "providers/recovery_services/common/services.h"

namespace quaymaster::recovery_services {

class Backups;
class Items;
class JobExports;
class Maintenance;
class AsyncOperationRoutes;
class Points;
class Scheduler;
class OpenVaults;
class Vaults;

/// Microsoft.RecoveryServices. Each area (vaults, policies, items) is its own class with its own operation table.
/// This class owns them all without exposing them to code that needs only one. Thread-safe.
class RecoveryServices {
 public:
  /// Adds job kinds to the engine, which must not have been started.
  explicit RecoveryServices(Services services);
  ~RecoveryServices();

  /// The operation table with the objects it calls, for the face.
  arm::Registration registration();

  /// Completes what a shutdown or crash interrupted. Call before the server starts.
  Result<> recover();
  /// Runs policies at their times; call it once the engine runs. `stop` returns when nothing more will be started;
  /// call it before the engine drains.
  void start();
  void stop();

  Vaults& vaults();
  OpenVaults& open_vaults();
  AsyncOperationRoutes& operations();
  JobExports& exports();
  Items& items();
  Points& points();
  Backups& backups();
  Maintenance& maintenance();
  Scheduler& scheduler();

 private:
  struct Areas;
  std::unique_ptr<Areas> areas_;
};

/// Every operation of every area.
extern const arm::Provider kProvider;

/// Tables of every area, for open_sqlite.
std::vector<store::Schema> schemas();

}  // namespace quaymaster::recovery_services
