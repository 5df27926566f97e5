#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "arm/linked_access.h"
#include "arm/operation.h"
#include "arm/paths.h"
#include "arm/resource_groups.h"
#include "base/clock.h"
#include "base/files/disk.h"
#include "blob/blob_store.h"
#include "drive/dock/dock.h"
#include "drive/import/importer.h"
#include "jobs/engine.h"
#include "ports/storage_accounts.h"
#include "providers/import_export/alarm.h"
#include "providers/import_export/drive_keys.h"
#include "providers/import_export/lifecycle.h"
#include "providers/import_export/locations.h"
#include "providers/import_export/models.h"
#include "providers/import_export/projection.h"
#include "providers/import_export/record.h"
#include "store/database.h"
#include "store/memo.h"

namespace quaymaster::import_export {

/// The job kind that imports one drive. An import may take as long as a slow drive needs: give it its own workers.
constexpr std::string_view kImportKind = "import_drive";

/// The operator's settings; the comments give their names in the configuration.
struct Settings {
  Path dock;                                  // "dock"; empty: no dock is watched
  std::vector<Path> dock_allow;               // "dock-allow": further directories to dock from by hand
  Ticks dock_poll = std::chrono::seconds{1};  // time between two looks at the dock
  LifeTimes life;
  Intake intake;
  bool exact_manifest = false;  // keep credentials in manifest backups, byte for byte
  Path spool;                   // copy logs while a drive is being copied; inside the data directory

  std::vector<Path> own;  // the server's own data, where no drive may be

  // For tests and deliberate faults: wraps the drive before the import reads it; null: nothing.
  std::function<std::unique_ptr<drive::DriveReader>(std::unique_ptr<drive::DriveRoot>)> wrap_drive = nullptr;
  drive::ImportLimits import_limits;
};

/// What the provider depends on; everything here outlives the provider.
struct Parts {
  store::Database& database;
  jobs::Engine& engine;
  blob::Store& blobs;
  arm::StorageAccounts& accounts;
  Clock& clock;
  Disk& disk;
  identity::Issuer& issuer;  // a drive is copied on behalf of the user who named the account
  arm::ResourceGroups& groups;
};

/// A caller who may list an account's keys may write everything in it.
inline constexpr std::string_view kListKeys = "Microsoft.Storage/storageAccounts/listKeys/action";

struct JobPath {
  std::string subscription, group, name;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&JobPath::subscription>("subscriptionId"), field<&JobPath::group>("resourceGroupName"),
                         field<&JobPath::name>("jobName")});
  }
};
struct LocationPath {
  std::string location;
  static constexpr auto wire() { return wire::fields({wire::field<&LocationPath::location>("locationName")}); }
};

/// Numbers for /metrics.
struct Metrics {
  std::atomic<std::uint64_t> drives_imported{0};  // ended, with any result
  std::atomic<std::uint64_t> drives_with_errors{0};
  std::atomic<std::uint64_t> packages_late{0};  // jobs whose operators were notified
  std::atomic<std::uint64_t> jobs_expired{0};
};

/// Microsoft.ImportExport: the handlers of its operation table, the lifecycle thread that moves jobs along, and the
/// dock thread that accepts drives. Thread-safe.
class ImportExport final : public arm::ResourceOwner {
 public:
  /// Adds the job kind "import_drive" to the engine, which must not have been started. `keys` seals BitLocker keys.
  ImportExport(Parts parts, Settings settings, DriveKeys keys);
  ~ImportExport() override;  // stops

  /// Starts the lifecycle and dock threads; both first complete what was left unfinished.
  void start();
  void stop();

  // The rows of operations.cc. Writes are durable on return.
  Result<arm::Reply<Job>> create_job(arm::Context& context, const JobPath& path, const JobRequest& request);
  Result<arm::Reply<Job>> update_job(arm::Context& context, const JobPath& path, const JobRequest& request);
  Result<arm::Reply<Job>> get_job(arm::Context& context, const JobPath& path);
  Result<arm::Reply<>> delete_job(arm::Context& context, const JobPath& path);
  Result<arm::Reply<JobList>> list_by_subscription(arm::Context& context, const arm::SubscriptionPath& path);
  Result<arm::Reply<JobList>> list_by_group(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Reply<DriveKeyList>> list_keys(arm::Context& context, const JobPath& path);
  Result<arm::Reply<LocationList>> list_locations(arm::Context& context);
  Result<arm::Reply<Location>> get_location(arm::Context& context, const LocationPath& path);
  Result<arm::Reply<OperationList>> list_operations(arm::Context& context);
  Result<arm::Reply<Job>> dock_drive(arm::Context& context, const JobPath& path, const DockRequest& request);
  Result<arm::Reply<DockList>> list_dock(arm::Context& context);

  // arm::ResourceOwner
  Result<> list(store::Reader& reader, std::string_view subscription, std::string_view group, std::string_view after,
                std::size_t limit, std::vector<arm::GenericResource>& into) override;
  Result<> remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) override;

  /// What the lifecycle thread does when it wakes: performs every step that is due now. For tests without threads.
  Result<> keep();
  /// What the dock thread does when it wakes: looks at the dock, accepts drives and gives up vanished ones. For tests
  /// without threads.
  Result<> look_at_dock();

  const Metrics& metrics() const { return metrics_; }
  /// The number of drives whose import has been ordered and has not ended, by what they are doing now. All zero if
  /// the records cannot be read.
  struct DrivesNow {
    std::size_t queued = 0, running = 0, paused = 0;
  };
  DrivesNow drives_now();

 private:
  // handlers.cc
  Result<View> view_of(store::Reader& reader, const JobRecord& job);
  View view_of(const JobRecord& job, std::string blob_endpoint) const;                // everything except `live`
  Result<std::string> blob_endpoint_of(store::Reader& reader, const JobRecord& job);  // empty: no such account
  Result<JobRecord> load(store::Reader& reader, const arm::Context& context, const JobPath& path);
  Result<> check_drives_free(store::Reader& reader, const JobRecord& job);
  Result<arm::StorageAccount> account_named(store::Reader& reader, const std::string& id);
  Result<arm::StorageAccount> account_of(store::Reader& reader, const JobRecord& job);
  /// A caller who names an account for a job needs permission for its keys; the account is the one that the id
  /// resolves to, whatever its spelling. Returns what the copy of a drive checks again; empty if there is no such
  /// account.
  Result<arm::LinkedAccess> permit(arm::Context& context, const JobRequest& request);
  Result<JobList> list_page(arm::Context& context, std::string_view subscription, std::string_view group);

  // lifecycle_thread.cc
  void sweep_spool();
  Result<bool> take_step(const Guid& id);
  /// Also removes the roles assigned at the job.
  Result<> remove(store::Writer& writer, const JobRecord& job);
  Result<> apply(store::Writer& writer, JobRecord& job, Step step);
  void run_lifecycle(const std::stop_token& stop);

  // jobs.cc
  jobs::Kind import_kind();
  Result<> order_import(store::Writer& writer, const JobRecord& job, Drive& drive);
  Result<> begin_import(jobs::Run& run);
  Result<> copy_drive(jobs::Run& run);
  Result<std::unique_ptr<drive::DriveReader>> open_drive(const Path& path) const;
  Result<std::unique_ptr<drive::DriveRoot>> open_drive_root(const Path& path) const;
  Result<> clean_up(jobs::Run& run);
  Result<> import_ended(store::Writer& writer, const jobs::Record& work);
  Result<std::vector<std::optional<Live>>> live_of(store::Reader& reader, const JobRecord& job);

  // docking.cc
  Result<Path> dockable(const Path& path) const;
  Result<DockedDrive> dock_folder(const drive::DockFolder& folder);
  Result<> release_vanished();
  void remember(std::vector<DockedDrive> seen);
  void watch_dock(const std::stop_token& stop);

  struct Known {
    JobRecord job;
    std::string blob_endpoint;
  };

  Parts parts_;
  store::Memo<Known> known_;  // by resource id: what clients poll
  const Settings settings_;
  const ConfinedPlaces places_;  // where drives may be
  const DriveKeys keys_;
  const Locations locations_;
  Metrics metrics_;
  Alarm lifecycle_alarm_;
  Alarm dock_alarm_;
  std::unique_ptr<drive::Dock> dock_;  // null: no dock is watched; used by one thread only
  std::stop_source stopping_;
  std::mutex seen_mutex_;
  std::vector<DockedDrive> seen_;      // at the last look
  std::vector<std::string> moved_in_;  // folders moved into the dock since the last look
  std::jthread lifecycle_;
  std::jthread docker_;
};

/// The operation table, for the face: `arm::Registration(kProvider, provider)`.
extern const arm::Provider kProvider;

}  // namespace quaymaster::import_export
