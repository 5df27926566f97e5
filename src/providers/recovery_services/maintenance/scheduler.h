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

/// When each kind of housekeeping ran last, for open_sqlite.
store::Schema scheduler_schema();

/// What the scheduler has others do. An empty function is left out. They are called one after the other, from one
/// thread at a time, and must not wait: long work is a job of theirs.
struct SchedulerWork {
  /// Starts the backup that was due at `scheduled`. Best writes ItemRecord::last_run in the transaction that makes the
  /// job, so that no stop comes between; the scheduler sets it afterwards where it is not. Errc::conflict: another
  /// backup of the item runs, and this one is left out. Any other error: it is tried again at the next tick.
  std::function<Result<Guid>(const ItemRecord& item, Time scheduled)> start_backup;
  /// Removes the points, whose time has come.
  std::function<Result<>(const ItemRecord& item, std::vector<PointRecord> points)> expire_points;
  /// Purges the items that were soft-deleted and whose days are over.
  std::function<Result<>(Time now)> purge_deleted_items;
  /// Gives back the space of what no point needs any more, in every vault. Once a day.
  std::function<Result<>(Time now)> collect;
};

struct SchedulerOptions {
  std::chrono::days jobs_kept{180};   // after their end
  std::chrono::hours prune_every{1};  // and at the first tick
  std::chrono::hours collect_every{24};
};

/// Runs policies at their times: backups, retention, and the housekeeping around them; all on the given clock.
/// Everything it decides comes from records, so that a stop at any instant loses nothing: a backup whose time has come
/// while no server ran is made up for once, however many were missed. Thread-safe.
class Scheduler {
 public:
  /// Everything referred to outlives the scheduler.
  Scheduler(store::Database& database, Clock& clock, SchedulerWork work, SchedulerOptions options = {});
  ~Scheduler() { stop(); }

  /// Does what is due at `now`. What fails is logged and tried again at the next tick; one item does not keep others.
  void tick(Time now);

  /// One thread that ticks whenever something is due, and at least every minute of the clock: that late a new policy
  /// may be noticed.
  void start();
  /// Returns once the thread has ended.
  void stop();

 private:
  struct Governed {
    ItemRecord item;
    Plan plan;
  };
  /// By vault and policy name; none: it cannot be run. For one tick: a policy may be changed after it.
  using Plans = std::map<std::pair<std::string, std::string>, std::optional<Plan>>;
  /// The next items after the one with the id `after`, which moves on; empty when there are no more.
  Result<std::vector<Governed>> governed_items(std::string& after, Plans& plans);
  bool prune_is_due(Time now) const;
  Result<> run_item(const Governed& governed, Time now);
  Result<> prune_item(const Governed& governed, Time now);
  Result<> keep_house(Time now);
  /// Is `name` due, `every` so often? Durable: a restart does not begin anew. Says so only once.
  Result<bool> is_due(std::string_view name, Time now, Ticks every);

  store::Database& database_;
  Clock& clock_;
  const SchedulerWork work_;
  const SchedulerOptions options_;
  std::mutex ticking_;
  Time next_;                   // when something is due, as far as the last tick knew
  std::optional<Time> pruned_;  // when points were last looked at
  std::jthread thread_;
};

}  // namespace quaymaster::recovery_services
