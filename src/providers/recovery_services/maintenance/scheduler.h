#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/policies/policy_plan.h"
#include "store/database.h"

namespace quaymaster::recovery_services {

/// When each kind of housekeeping last ran, for open_sqlite.
store::Schema scheduler_schema();

/// The work that the scheduler triggers. Empty functions are skipped. They are called one after the other, by one
/// thread at a time, and must not block: long work belongs in a job.
struct SchedulerWork {
  /// Starts the backup that was due at `scheduled`. It should write ItemRecord::last_run in the transaction that
  /// creates the job, so that a crash cannot separate the two; otherwise the scheduler sets it afterwards.
  /// Errc::conflict: another backup of the item is running, and this one is skipped. After any other error it is
  /// tried again at the next tick.
  std::function<Result<Guid>(const ItemRecord& item, Time scheduled)> start_backup;
  /// Removes the points, which have expired.
  std::function<Result<>(const ItemRecord& item, std::vector<PointRecord> points)> expire_points;
  /// Purges the soft-deleted items whose retention has ended.
  std::function<Result<>(Time now)> purge_deleted_items;
  /// Reclaims the space that no point needs any more, in every vault. Once a day.
  std::function<Result<>(Time now)> collect;
};

struct SchedulerOptions {
  std::chrono::days jobs_kept{180};   // after their end
  std::chrono::hours prune_every{1};  // and at the first tick
  std::chrono::hours collect_every{24};
};

/// Runs policies at their times: backups, retention, and related housekeeping; all on the given clock. Every decision
/// is based on stored records, so a crash at any instant loses nothing. If backups came due while no server was
/// running, one backup makes up for all that were missed. Thread-safe.
class Scheduler {
 public:
  /// Everything the arguments refer to outlives the scheduler.
  Scheduler(store::Database& database, Clock& clock, SchedulerWork work, SchedulerOptions options = {});
  ~Scheduler() { stop(); }

  /// Does what is due at `now`. Failures are logged and tried again at the next tick; one item does not hold up
  /// others.
  void tick(Time now);

  /// Starts one thread that ticks whenever something is due, and at least every minute of the clock. A new policy may
  /// therefore be noticed up to a minute late.
  void start();
  /// Returns once the thread has ended.
  void stop();

 private:
  struct Governed {
    ItemRecord item;
    Plan plan;
  };
  /// By vault and policy name; empty: cannot be run. Valid for one tick only, since policies may change.
  using Plans = std::map<std::pair<std::string, std::string>, std::optional<Plan>>;
  /// The next items with ids after `after`, which is advanced; empty if there are no more.
  Result<std::vector<Governed>> governed_items(std::string& after, Plans& plans);
  bool prune_is_due(Time now) const;
  Result<> run_item(const Governed& governed, Time now);
  Result<> prune_item(const Governed& governed, Time now);
  Result<> run_housekeeping(Time now);
  /// Is `name` due, which runs every `every`? Durable: a restart does not reset it. Returns true only once per
  /// period.
  Result<bool> is_due(std::string_view name, Time now, Ticks every);

  store::Database& database_;
  Clock& clock_;
  const SchedulerWork work_;
  const SchedulerOptions options_;
  std::mutex ticking_;
  Time next_;                   // when something is due next, as of the last tick
  std::optional<Time> pruned_;  // when points were last looked at
  std::jthread thread_;
};

}  // namespace quaymaster::recovery_services
