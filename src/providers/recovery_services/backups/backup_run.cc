#include "providers/recovery_services/backups/backup_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "providers/recovery_services/jobs/job_errors.h"
#include "providers/recovery_services/jobs/job_text.h"
#include "providers/recovery_services/policies/policy_plan.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kArea = "recovery_services";
/// The maximum number of items that a job lists in a warning.
constexpr std::size_t kMostNamed = 50;

std::string names_of(const std::vector<std::string>& names, std::uint64_t count) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : "; ", names[i]);
  }
  return count > kMostNamed ? fmt::format("{}; and {} more", text, count - kMostNamed) : text;
}

std::vector<JobError> warnings_of(const CapturedSource& captured) {
  std::vector<JobError> errors;
  if (captured.unread_count > 0) {
    std::vector<std::string> names;
    for (const auto& warning : captured.unread) {
      if (names.size() == kMostNamed) {
        break;
      }
      names.push_back(fmt::format("{}: {}", warning.item, warning.what));
    }
    errors.push_back(
        job_errors::told(job_errors::kSomeNotBackedUp, captured.unread_count, names_of(names, captured.unread_count)));
  }
  if (captured.torn) {
    errors.push_back(job_errors::told(job_errors::kSourceChanged, names_of(captured.changed, captured.changed.size())));
  }
  return errors;
}

/// What the item's policy sets for the new point. An item whose protection was stopped during the backup has no
/// policy.
struct PointPolicy {
  std::string type = "V1";
  std::int64_t snapshot_days = 0;
  bool only_crash_consistent = false;
};

Result<PointPolicy> policy_of(store::Reader& reader, const ItemRecord& item) {
  auto policy = item.policy.empty() ? not_found("no policy") : find_policy(reader, item.vault, item.policy);
  if (!policy) {
    return policy.error().kind() == Errc::not_found ? Result<PointPolicy>(PointPolicy{}) : std::move(policy).error();
  }
  TRY(const auto properties, properties_of(policy.value()));
  TRY(const auto plan, plan_of(properties));
  return PointPolicy{plan.policy_type, plan.snapshot_days, properties.snapshot_consistency == "OnlyCrashConsistent"};
}

JobChange change_of(const ItemRecord& item, const CapturedSource& captured, const vault::Totals& totals) {
  JobChange change;
  change.task_completed = std::string(kTransferData);
  change.bytes_new = totals.bytes_new;
  if (item.kind == SourceKind::machine) {
    change.bag.emplace_back("Backup Size", bag_megabytes(totals.bytes_read - totals.bytes_zero));
    if (!captured.excluded_disks.empty()) {
      change.bag.emplace_back("Backed-up disk(s)", fmt::format("{}", fmt::join(captured.backed_up_disks, "; ")));
      change.bag.emplace_back("Excluded disk(s)", fmt::format("{}", fmt::join(captured.excluded_disks, "; ")));
    }
  } else {
    const auto text = bag_megabytes(totals.bytes_new);
    change.bag.emplace_back("Data Transferred (in MB)", text.substr(0, text.find(' ')));
  }
  return change;
}

}  // namespace

Result<> BackupRun::run() {
  TRY(const bool is_done, load());
  if (is_done) {
    return ok();  // committed before a crash
  }
  TRY(begin_task(kTakeSnapshot));
  TRY(const auto vault, open_vaults_.open(item_.vault));
  taken_ = run_.clock().now();
  TRY(const auto source, open_source(services_, item_));
  TRY(begin_task(kTransferData));
  TRY(auto session, vault->begin());
  TRY(const auto captured, capture(*session, *vault, *source));
  TRY(run_.continue_or_cancel());  // the last moment at which a cancel leaves nothing behind
  TRY(vault->commit(std::move(session), item_.id.text(), captured.root,
                    [&](store::Writer& writer, const vault::Point& made) -> Result<> {
                      TRY(run_.hold(writer));
                      return record_point(writer, made, captured);
                    }));
  return ok();
}

Result<bool> BackupRun::load() {
  TRY(work_, wire::parse_stored<BackupWork>(run_.record().parameters));
  TRY(const auto id, parse_guid(work_.item));
  bool is_done = false;
  TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto made, point_of_job(reader, run_.record().id));
    is_done = made.has_value();
    auto item = find_item(reader, id);
    if (!item && item.error().kind() == Errc::not_found) {
      return std::move(item).error().as(job_errors::kItemGone.published);
    }
    TRY(item_, std::move(item));
    return ok();
  }));
  return is_done;
}

/// Reports each task once, so that a repeated attempt does not report it again.
Result<> BackupRun::begin_task(std::string_view task) {
  if (run_.data() == task || run_.data() == kTransferData) {
    return ok();
  }
  JobChange change;
  change.task_started = std::string(task);
  if (task == kTransferData) {
    change.task_completed = std::string(kTakeSnapshot);
  }
  return run_.save(std::string(task), [job = run_.record().id, change, now = run_.clock().now()](
                                          store::Writer& writer) { return change_job(writer, job, change, now); });
}

/// The item's newest point; nothing if it cannot be read, which only costs time.
Result<std::optional<workload::Previous>> BackupRun::previous(vault::Vault& vault) {
  std::optional<PointRecord> newest;
  TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(newest, newest_point(reader, item_.id));
    return ok();
  }));
  if (!newest) {
    return std::optional<workload::Previous>{};
  }
  auto point = vault.point(newest->id);
  if (!point) {
    log::warning(kArea, "the previous point of {} is not used: {}", item_.friendly_name, point.error().cause());
    return std::optional<workload::Previous>{};
  }
  return std::optional(workload::Previous{std::move(point.value().root), workload::open_with(vault)});
}

Result<CapturedSource> BackupRun::capture(vault::Session& session, vault::Vault& vault, OpenedSource& source) {
  TRY(const auto before, previous(vault));
  return source.capture(session, before, [this](const workload::Progress& progress) {
    run_.progress(progress.bytes_done, progress.bytes_total);
    return run_.continue_or_cancel();
  });
}

Result<> BackupRun::record_point(store::Writer& writer, const vault::Point& made, const CapturedSource& captured) {
  auto found = find_item(writer, item_.id);
  if (!found && found.error().kind() == Errc::not_found) {
    return std::move(found).error().as(job_errors::kItemGone.published);
  }
  TRY(auto item, std::move(found));
  TRY(const auto policy, policy_of(writer, item));
  PointRecord point;
  point.id = made.id;
  point.item = item.id;
  point.name = new_point_name(services_.random);
  point.time = taken_;
  point.consistency = policy.only_crash_consistent ? Consistency::crash : captured.consistency;
  point.on_demand = work_.on_demand;
  point.expiry = work_.expiry;
  point.policy_type = policy.type;
  if (policy.snapshot_days > 0) {  // only for shares with a vault tier; otherwise a snapshot lives as long as its point
    point.instant_until = taken_ + std::chrono::hours{24 * policy.snapshot_days};
  }
  point.source = captured.document;
  point.bytes = captured.bytes;
  point.bytes_new = made.totals.bytes_new;
  point.job = run_.record().id;
  TRY(insert_point(writer, point));

  const auto warnings = warnings_of(captured);
  if (item.protection == ItemRecord::Protection::initial) {
    item.protection = ItemRecord::Protection::active;
  }
  item.last_backup = warnings.empty() ? LastBackup::completed : LastBackup::completed_with_warnings;
  item.failure.reset();
  item.last_backup_time = run_.record().created;
  item.last_point_time = taken_;
  TRY(update_item(writer, item));

  const auto now = run_.clock().now();
  TRY(change_job(writer, run_.record().id, change_of(item, captured, made.totals), now));
  return warn_job(writer, run_.record().id, warnings);
}

Result<> end_backup(store::Writer& writer, const jobs::Record& record) {
  TRY(const auto made, point_of_job(writer, record.id));
  if (made) {
    // It was cancelled or interrupted after the point was recorded and before the job ended: the point exists, so
    // show that.
    auto shown = record;
    shown.state = jobs::State::succeeded;
    return end_job(writer, shown);
  }
  TRY(const auto work, wire::parse_stored<BackupWork>(record.parameters));
  TRY(const auto id, parse_guid(work.item));
  auto item = find_item(writer, id);
  if (!item && item.error().kind() != Errc::not_found) {
    return std::move(item).error();
  }
  if (item && record.state == jobs::State::failed) {
    item.value().last_backup = LastBackup::failed;
    item.value().failure = job_errors::of_failed(record);
    item.value().last_backup_time = record.created;
    TRY(update_item(writer, item.value()));
  }
  if (item && item.value().kind == SourceKind::machine) {
    JobChange change;
    change.bag.emplace_back("Backup Size", "0 MB");
    TRY(change_job(writer, record.id, change, record.ended.value_or(record.updated)));
  }
  return end_job(writer, record);
}

}  // namespace quaymaster::recovery_services
