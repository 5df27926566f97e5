#include "providers/recovery_services/maintenance/scheduler.h"

#include <algorithm>

#include "base/caught.h"
#include "base/log.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/points/point_expiry.h"
#include "providers/recovery_services/policies/policy_record.h"

namespace quaymaster::recovery_services {
namespace {

// Databases of older versions already have this table, created under another schema.
constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE IF NOT EXISTS rs_scheduler (
  name TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;
)",
};

constexpr std::string_view kLog = "scheduler";
constexpr std::chrono::minutes kLongestSleep{1};
/// The limit of a housekeeping transaction, so that requests do not wait long for it.
constexpr std::size_t kAtOnce = 500;

bool backs_up(const ItemRecord& item) {
  using Protection = ItemRecord::Protection;
  return !item.deleted && !item.policy.empty() &&
         (item.protection == Protection::initial || item.protection == Protection::active);
}

/// Scheduled runs up to this time do not count.
Time counted_from(const ItemRecord& item, const Plan& plan) {
  return std::max(
      {item.created, item.policy_since.value_or(item.created), item.last_run.value_or(item.created), plan.since});
}

template <class... Arguments>
void warn(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  log::warning(kLog, text, std::forward<Arguments>(arguments)...);
}

}  // namespace

store::Schema scheduler_schema() {
  return {"recovery_services_scheduler", kSteps};
}

Scheduler::Scheduler(store::Database& database, Clock& clock, SchedulerWork work, SchedulerOptions options)
    : database_(database), clock_(clock), work_(std::move(work)), options_(options) {}

/// Items whose policy cannot be read are skipped and logged.
Result<std::vector<Scheduler::Governed>> Scheduler::governed_items(std::string& after, Plans& plans) {
  std::vector<Governed> found;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    TRY(auto items, scheduled_items(reader, after, kAtOnce));
    after = items.empty() ? std::string() : items.back().id.text();
    for (auto& item : items) {
      const auto [at, is_new] = plans.try_emplace({item.vault.text(), item.policy});
      if (is_new) {
        auto policy = find_policy(reader, item.vault, item.policy);
        auto plan = policy ? plan_of(policy.value()) : Result<Plan>(std::move(policy).error());
        if (plan) {
          at->second = std::move(plan).value();
        } else {
          warn("the policy '{}' of '{}' cannot be run: {}", item.policy, item.friendly_name, plan.error().cause());
        }
      }
      if (at->second) {
        found.push_back({std::move(item), *at->second});
      }
    }
    return ok();
  }));
  return found;
}

/// Starts the last backup that is due and not yet started; earlier missed ones are not made up for.
Result<> Scheduler::run_item(const Governed& governed, Time now) {
  const auto& [item, plan] = governed;
  if (!backs_up(item)) {
    return ok();
  }
  if (const auto next = next_run(plan.schedule, plan.zone, now)) {
    next_ = std::min(next_, *next);
  }
  const auto due = last_run(plan.schedule, plan.zone, now);
  if (!due || *due <= counted_from(item, plan) || !work_.start_backup) {
    return ok();
  }
  const auto started = work_.start_backup(item, *due);
  if (!started && started.error().kind() != Errc::conflict) {
    return started.error();
  }
  if (!started) {
    log::info(kLog, "the backup of '{}' due at {} is skipped: {}", item.friendly_name, format_time_short(*due),
              started.error().cause());
  }
  return database_.write([&](store::Writer& writer) -> Result<> {
    TRY(auto current, find_item(writer, item.id));
    if (current.last_run && *current.last_run >= *due) {
      return ok();
    }
    current.last_run = *due;
    return update_item(writer, current);
  });
}

Result<> Scheduler::prune_item(const Governed& governed, Time now) {
  const auto& [item, plan] = governed;
  if (!work_.expire_points || retention_mode_of(item) == RetentionMode::frozen) {
    return ok();
  }
  std::vector<PointRecord> points;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    TRY(points, points_of(reader, item.id));
    return ok();
  }));
  auto gone = expired_points(plan, item, points, now);
  return gone.empty() ? Result<>(ok()) : work_.expire_points(item, std::move(gone));
}

Result<bool> Scheduler::is_due(std::string_view name, Time now, Ticks every) {
  std::optional<Time> last;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    TRY(reader.first(
        "SELECT at FROM rs_scheduler WHERE name = ?", [&](const store::Row& row) { last = row.time(0); }, name));
    return ok();
  }));
  if (last && *last <= now && now < *last + every) {
    return false;
  }
  TRY(database_.write([&](store::Writer& writer) -> Result<> {
    TRY(
        writer.change("INSERT INTO rs_scheduler (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = "
                      "excluded.at",
                      name, now));
    return ok();
  }));
  return true;
}

Result<> Scheduler::run_housekeeping(Time now) {
  if (work_.purge_deleted_items) {
    TRY(work_.purge_deleted_items(now));
  }
  using Purge = Result<std::int64_t> (*)(store::Writer&, Time, std::size_t);
  const std::pair<Purge, Time> purges[] = {{&purge_operations, now - kOperationLife},
                                           {&purge_jobs, now - options_.jobs_kept}};
  for (const auto& [purge, before] : purges) {
    for (std::int64_t gone = static_cast<std::int64_t>(kAtOnce); gone == static_cast<std::int64_t>(kAtOnce);) {
      TRY(database_.write([&, run = purge, until = before](store::Writer& writer) -> Result<> {
        TRY(gone, run(writer, until, kAtOnce));
        return ok();
      }));
    }
  }
  if (work_.collect) {
    TRY(const bool due, is_due("collect", now, options_.collect_every));
    if (due) {
      TRY(work_.collect(now));
    }
  }
  return ok();
}

/// After the clock was set back, the last prune may lie in the future.
bool Scheduler::prune_is_due(Time now) const {
  return !pruned_ || *pruned_ > now || now >= *pruned_ + options_.prune_every;
}

void Scheduler::tick(Time now) {
  const std::lock_guard lock(ticking_);
  next_ = now + kLongestSleep;
  const bool prunes = prune_is_due(now);
  Plans plans;
  std::string after;
  do {
    const auto items = governed_items(after, plans);
    if (!items) {
      warn("items cannot be read: {}", items.error().cause());
      return;
    }
    for (const auto& one : items.value()) {
      if (const auto run = run_item(one, now); !run) {
        warn("the backup of '{}' cannot be started: {}", one.item.friendly_name, run.error().cause());
      }
      if (const auto pruned = prunes ? prune_item(one, now) : ok(); !pruned) {
        warn("points of '{}' cannot be expired: {}", one.item.friendly_name, pruned.error().cause());
      }
    }
  } while (!after.empty());
  if (!prunes) {
    return;
  }
  pruned_ = now;
  if (const auto kept = run_housekeeping(now); !kept) {
    warn("housekeeping failed: {}", kept.error().cause());
  }
}

void Scheduler::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      contained([this] { tick(clock_.now()); });
      Time next;
      {
        const std::lock_guard lock(ticking_);
        next = next_;
      }
      clock_.sleep_until(next, stop);
    }
  });
}

void Scheduler::stop() {
  thread_ = {};  // requests the thread to stop and joins it
}

}  // namespace quaymaster::recovery_services
