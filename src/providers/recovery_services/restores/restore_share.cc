#include "base/encode.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/jobs/job_errors.h"
#include "providers/recovery_services/restores/restore_work.h"
#include "vault/vault.h"
#include "wire/json.h"
#include "workload/tree.h"

namespace quaymaster::recovery_services {
namespace {

/// The values on the wire and the workload's, in the same order.
constexpr workload::CopyOption kCopyOptions[] = {workload::CopyOption::overwrite, workload::CopyOption::skip,
                                                 workload::CopyOption::create_copy,
                                                 workload::CopyOption::fail_on_conflict};

workload::TreeRestoreOptions options_of(const SharePlan& share) {
  workload::TreeRestoreOptions options;
  options.copy = kCopyOptions[static_cast<std::size_t>(share.copy)];
  for (const auto& file : share.files) {
    workload::RestoreItem item;
    item.path = file.path;
    if (file.type) {
      item.kind = *file.type == FileSpecType::file ? workload::EntryKind::file : workload::EntryKind::directory;
    }
    item.folder = file.folder;
    options.items.push_back(std::move(item));
  }
  return options;
}

/// The error as reported to clients. Not Errc::no_space: the engine would wait for space, but the user can choose
/// another target.
Error told(Error error, const SharePlan& share) {
  switch (error.kind()) {
    case Errc::no_space:
      return Error(Errc::io, error.cause()).as(job_errors::kTargetShareFull.published, share.share);
    case Errc::conflict:
      return Error(Errc::conflict, error.cause()).as(job_errors::kConflictLimit.published, error.cause());
    default:
      return publish_as_damage(std::move(error));
  }
}

Result<OpenDirectory> target_directory(Services& services, const SharePlan& share) {
  std::optional<arm::FileShare> found;
  auto read = services.database.read([&](store::Reader& reader) -> Result<> {
    TRY(found, services.shares.share(reader, share.account, share.share));
    return ok();
  });
  auto directory = read ? services.shares.open_directory(*found) : Result<OpenDirectory>(std::move(read).error());
  if (!directory && (directory.error().kind() == Errc::not_found || directory.error().kind() == Errc::forbidden)) {
    return std::move(directory).error().as(job_errors::kTargetShareNotFound.published, share.share);
  }
  return directory;
}

/// The first files that were not restored, and why.
std::string named(const workload::Restore& restored) {
  constexpr std::size_t kMostNamed = 10;
  std::string names;
  for (std::size_t i = 0; i < std::min(restored.failures.size(), kMostNamed); ++i) {
    names += fmt::format("{}'{}' ({})", i == 0 ? "" : ", ", restored.failures[i].item, restored.failures[i].what);
  }
  return names + (restored.failed > kMostNamed ? ", …" : "");
}

}  // namespace

Result<> restore_share(const RestoreRun& work) {
  auto& services = work.services;
  auto& run = work.run;
  const auto& share = *work.plan.share;
  if (!run.data().empty()) {
    return ok();  // its result has been saved: nothing is left to do
  }
  TRY(const auto vault_id, parse_guid(work.plan.vault));
  TRY(const auto point_id, parse_guid(work.plan.point));
  TRY(const auto vault, work.open_vaults.open(vault_id));
  auto point = vault->point(point_id);
  if (!point) {
    return publish_as_damage(std::move(point).error());
  }
  TRY(const auto directory, target_directory(services, share));
  auto done = workload::tree_target(directory.path(), options_of(share))
                  ->restore(point.value().root, workload::open_with(*vault), [&](const workload::Progress& progress) {
                    run.progress(progress.bytes_done, progress.bytes_total);
                    return run.continue_or_cancel();
                  });
  if (!done) {
    return told(std::move(done).error(), share);
  }
  const auto& restored = done.value();
  const bool is_nothing = restored.failed > 0 && restored.restored + restored.skipped == 0;
  JobChange change;
  change.bag = {{"Data Transferred (in MB)", std::to_string(restored.bytes / kMiB)},
                {"Number Of Restored Files", std::to_string(restored.restored)},
                {"Number Of Skipped Files", std::to_string(restored.skipped)},
                {"Number Of Failed Files", std::to_string(restored.failed)}};
  TRY(run.save(is_nothing ? "" : R"({"done":true})", [&](store::Writer& writer) -> Result<> {
    TRY(change_job(writer, run.record().id, change, run.clock().now()));
    if (is_nothing || restored.failed == 0) {
      return ok();
    }
    return warn_job(writer, run.record().id,
                    {job_errors::told(job_errors::kSomeNotRestored, restored.failed, named(restored))});
  }));
  if (is_nothing) {
    return refuse(Errc::io, job_errors::kNoneRestored.published, named(restored));
  }
  return ok();
}

}  // namespace quaymaster::recovery_services
