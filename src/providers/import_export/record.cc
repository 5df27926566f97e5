#include "providers/import_export/record.h"

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "wire/json.h"

namespace quaymaster::import_export {
namespace {

// `pending` marks a job with a step that is due regardless of time; `wait` and `since` are for steps that only time
// makes due (lifecycle.h, Waiting). `open` of a drive repeats that its job is not final, for the single index that the
// dock uses.
constexpr std::string_view kSchema[] = {
    "CREATE TABLE import_export_jobs ("
    " id BLOB PRIMARY KEY,"
    " resource TEXT NOT NULL UNIQUE,"
    " resource_id TEXT NOT NULL,"
    " subscription_key TEXT NOT NULL,"
    " group_key TEXT NOT NULL,"
    " subscription TEXT NOT NULL,"
    " resource_group TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " type INTEGER NOT NULL,"
    " state INTEGER NOT NULL,"
    " cancel_requested INTEGER NOT NULL,"
    " told_late INTEGER NOT NULL,"
    " document TEXT NOT NULL,"
    " created_by TEXT NOT NULL,"
    " created_by_type TEXT NOT NULL,"
    " updated_by TEXT NOT NULL,"
    " updated_by_type TEXT NOT NULL,"
    " created INTEGER NOT NULL,"
    " updated INTEGER NOT NULL,"
    " shipped INTEGER,"
    " ended INTEGER,"
    " pending INTEGER NOT NULL,"
    " wait INTEGER NOT NULL,"
    " since INTEGER NOT NULL) STRICT;"
    "CREATE INDEX import_export_jobs_list ON import_export_jobs (subscription_key, resource);"
    "CREATE INDEX import_export_jobs_group ON import_export_jobs (subscription_key, group_key, resource);"
    "CREATE INDEX import_export_jobs_pending ON import_export_jobs (id) WHERE pending = 1;"
    "CREATE INDEX import_export_jobs_waiting ON import_export_jobs (wait, since);"
    "CREATE TABLE import_export_drives ("
    " job BLOB NOT NULL,"
    " ordinal INTEGER NOT NULL,"
    " drive_key TEXT NOT NULL,"
    " open INTEGER NOT NULL,"
    " drive_id TEXT NOT NULL,"
    " manifest_file TEXT NOT NULL,"
    " manifest_hash TEXT NOT NULL,"
    " header_hash TEXT,"
    " sealed_key BLOB NOT NULL,"
    " state INTEGER NOT NULL,"
    " had_errors INTEGER NOT NULL,"
    " verbose_log INTEGER NOT NULL,"
    " backup_manifest INTEGER NOT NULL,"
    " path TEXT NOT NULL,"
    " work BLOB,"
    " outcome TEXT,"
    " PRIMARY KEY (job, ordinal)) STRICT;"
    "CREATE INDEX import_export_drives_open ON import_export_drives (drive_key) WHERE open = 1;"
    "CREATE INDEX import_export_drives_docked ON import_export_drives (job) WHERE open = 1 AND path <> '' AND work IS "
    "NULL;"
    "CREATE INDEX import_export_drives_working ON import_export_drives (work) WHERE work IS NOT NULL AND outcome IS "
    "NULL;",
};

#define QM_JOB_COLUMNS                                                                                                \
  "j.id, j.resource_id, j.subscription, j.resource_group, j.name, j.type, j.state, j.cancel_requested, j.told_late, " \
  "j.document, j.created_by, j.created_by_type, j.updated_by, j.updated_by_type, j.created, j.updated, j.shipped, "   \
  "j.ended"

Bytes bytes_of(const Guid& id) {
  return id.bytes;
}

Result<JobRecord> job_of(const store::Row& row) {
  JobRecord job;
  TRY(job.id, row.blob_guid(0));
  job.resource_id = row.text(1);
  job.subscription = row.text(2);
  job.resource_group = row.text(3);
  job.name = row.text(4);
  job.type = static_cast<JobType>(row.integer(5));
  job.state = static_cast<JobState>(row.integer(6));
  job.cancel_requested = row.integer(7) != 0;
  job.warned_late = row.integer(8) != 0;
  TRY(job.document, wire::parse_stored<Document>(row.text(9)));
  job.created_by = {std::string(row.text(10)), std::string(row.text(11))};
  job.updated_by = {std::string(row.text(12)), std::string(row.text(13))};
  job.created = row.time(14);
  job.updated = row.time(15);
  if (!row.is_null(16)) {
    job.shipped = row.time(16);
  }
  if (!row.is_null(17)) {
    job.ended = row.time(17);
  }
  return job;
}

Result<Drive> drive_of(const store::Row& row) {
  Drive drive;
  drive.drive_id = row.text(0);
  drive.manifest_file = row.text(1);
  drive.manifest_hash = row.text(2);
  if (!row.is_null(3)) {
    drive.header_hash = std::string(row.text(3));
  }
  const auto sealed = row.blob(4);
  drive.sealed_key.assign(sealed.begin(), sealed.end());
  drive.state = static_cast<DriveState>(row.integer(5));
  drive.had_errors = row.integer(6) != 0;
  drive.verbose_log = row.integer(7) != 0;
  drive.backup_manifest = row.integer(8) != 0;
  drive.path = row.text(9);
  if (!row.is_null(10)) {
    TRY(drive.work, row.blob_guid(10));
  }
  if (!row.is_null(11)) {
    TRY(drive.outcome, drive::parse_import_progress(row.text(11)));
  }
  return drive;
}

Result<> add_drives(store::Reader& reader, JobRecord& job) {
  return reader.each(
      "SELECT drive_id, manifest_file, manifest_hash, header_hash, sealed_key, state, had_errors, verbose_log, "
      "backup_manifest, path, work, outcome "
      "FROM import_export_drives WHERE job = ? ORDER BY ordinal",
      [&](const store::Row& row) -> Result<> {
        TRY(auto drive, drive_of(row));
        job.drives.push_back(std::move(drive));
        return ok();
      },
      bytes_of(job.id));
}

/// Reads the jobs first and their drives afterwards: only one statement may run at a time.
template <class... Arguments>
Result<std::vector<JobRecord>> select(store::Reader& reader, const char* sql, const Arguments&... arguments) {
  std::vector<JobRecord> jobs;
  TRY(reader.each(
      sql,
      [&](const store::Row& row) -> Result<> {
        TRY(auto job, job_of(row));
        jobs.push_back(std::move(job));
        return ok();
      },
      arguments...));
  for (auto& job : jobs) {
    TRY(add_drives(reader, job));
  }
  return jobs;
}

Result<JobRecord> only(Result<std::vector<JobRecord>> jobs, std::string_view what) {
  TRY(auto found, std::move(jobs));
  if (found.empty()) {
    return not_found("no import/export job {}", what);
  }
  return std::move(found.front());
}

Result<> save_drive(store::Writer& writer, const JobRecord& job, std::size_t ordinal) {
  const auto& drive = job.drives[ordinal];
  std::optional<Bytes> work;
  if (drive.work) {
    work = bytes_of(*drive.work);
  }
  std::optional<std::string> outcome;
  if (drive.outcome) {
    outcome = drive::to_json(*drive.outcome);
  }
  TRY(writer.change(
      "INSERT INTO import_export_drives (job, ordinal, drive_key, open, drive_id, manifest_file, "
      "manifest_hash, header_hash, sealed_key, state, had_errors, verbose_log, backup_manifest, path, "
      "work, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      bytes_of(job.id), ordinal, drive_key(drive.drive_id), !is_final(job.state), drive.drive_id, drive.manifest_file,
      drive.manifest_hash, drive.header_hash, drive.sealed_key, static_cast<int>(drive.state), drive.had_errors,
      drive.verbose_log, drive.backup_manifest, drive.path, work, outcome));
  return ok();
}

constexpr std::array kTimedWaits = {Wait::creating, Wait::late, Wait::lost, Wait::finished};

}  // namespace

JobFacts JobRecord::facts() const {
  JobFacts facts{type, state, cancel_requested, warned_late, updated, shipped.value_or(Time{}), ended.value_or(Time{}),
                 {}};
  for (const auto& drive : drives) {
    facts.drives.push_back({drive.state, drive.work.has_value(), drive.had_errors});
  }
  return facts;
}

store::Schema schema() {
  return {"import_export", kSchema};
}

namespace records {

Result<JobRecord> get(store::Reader& reader, std::string_view resource) {
  return only(select(reader, "SELECT " QM_JOB_COLUMNS " FROM import_export_jobs j WHERE j.resource = ?", resource),
              resource);
}

Result<JobRecord> get(store::Reader& reader, const Guid& id) {
  return only(select(reader, "SELECT " QM_JOB_COLUMNS " FROM import_export_jobs j WHERE j.id = ?", bytes_of(id)),
              id.text());
}

Result<std::optional<JobRecord>> find(store::Reader& reader, std::string_view resource) {
  auto job = get(reader, resource);
  if (job) {
    return std::optional(std::move(job.value()));
  }
  if (job.error().kind() == Errc::not_found) {
    return std::optional<JobRecord>();
  }
  return job.error();
}

Result<> save(store::Writer& writer, const JobRecord& job) {
  const auto facts = job.facts();
  // At the beginning of time, only events can have made a step due.
  const bool pending = next_step(facts, Time{}, LifeTimes{}) != Step::none;
  const auto wait = waiting(facts);
  TRY(writer.change(
      "INSERT INTO import_export_jobs (id, resource, resource_id, subscription_key, group_key, subscription, "
      "resource_group, name, type, state, cancel_requested, told_late, document, created_by, created_by_type, "
      "updated_by, updated_by_type, created, updated, shipped, ended, pending, wait, since) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET state = excluded.state, type = excluded.type, "
      "cancel_requested = excluded.cancel_requested, told_late = excluded.told_late, document = excluded.document, "
      "updated_by = excluded.updated_by, updated_by_type = excluded.updated_by_type, updated = excluded.updated, "
      "shipped = excluded.shipped, ended = excluded.ended, pending = excluded.pending, wait = excluded.wait, "
      "since = excluded.since",
      bytes_of(job.id), to_lower(job.resource_id), job.resource_id, to_lower(job.subscription),
      to_lower(job.resource_group), job.subscription, job.resource_group, job.name, static_cast<int>(job.type),
      static_cast<int>(job.state), job.cancel_requested, job.warned_late, wire::to_json(job.document),
      job.created_by.id, job.created_by.type, job.updated_by.id, job.updated_by.type, job.created, job.updated,
      job.shipped, job.ended, pending, static_cast<int>(wait.what), wait.since));
  TRY(writer.change("DELETE FROM import_export_drives WHERE job = ?", bytes_of(job.id)));
  for (std::size_t i = 0; i < job.drives.size(); ++i) {
    TRY(save_drive(writer, job, i));
  }
  return ok();
}

Result<> remove(store::Writer& writer, const Guid& id) {
  TRY(writer.change("DELETE FROM import_export_drives WHERE job = ?", bytes_of(id)));
  TRY(writer.change("DELETE FROM import_export_jobs WHERE id = ?", bytes_of(id)));
  return ok();
}

Result<std::vector<JobRecord>> page(store::Reader& reader, std::string_view subscription,
                                    std::string_view resource_group, std::string_view after, std::size_t limit) {
  const auto subscription_key = to_lower(subscription);
  const auto after_key = to_lower(after);
  if (resource_group.empty()) {
    return select(reader,
                  "SELECT " QM_JOB_COLUMNS
                  " FROM import_export_jobs j WHERE j.subscription_key = ? AND j.resource > ? "
                  "ORDER BY j.resource LIMIT ?",
                  subscription_key, after_key, limit);
  }
  return select(reader,
                "SELECT " QM_JOB_COLUMNS
                " FROM import_export_jobs j WHERE j.subscription_key = ? AND j.group_key = ? "
                "AND j.resource > ? ORDER BY j.resource LIMIT ?",
                subscription_key, to_lower(resource_group), after_key, limit);
}

Result<std::vector<Guid>> due(store::Reader& reader, Time now, const LifeTimes& times, std::size_t limit) {
  std::vector<Guid> ids;
  const auto take = [&](const store::Row& row) -> Result<> {
    TRY(const auto id, row.blob_guid(0));
    ids.push_back(id);
    return ok();
  };
  TRY(reader.each("SELECT id FROM import_export_jobs WHERE pending = 1 ORDER BY id LIMIT ?", take, limit));
  for (const auto wait : kTimedWaits) {
    if (ids.size() >= limit) {
      break;
    }
    TRY(
        reader.each("SELECT id FROM import_export_jobs WHERE wait = ? AND since <= ? AND pending = 0 ORDER BY since "
                    "LIMIT ?",
                    take, static_cast<int>(wait), now - length(wait, times), limit - ids.size()));
  }
  return ids;
}

Result<std::optional<Time>> next_deadline(store::Reader& reader, const LifeTimes& times) {
  std::optional<Time> earliest;
  for (const auto wait : kTimedWaits) {
    TRY(reader.first(
        "SELECT since FROM import_export_jobs WHERE wait = ? ORDER BY since LIMIT 1",
        [&](const store::Row& row) {
          const auto deadline = row.time(0) + length(wait, times);
          earliest = earliest ? std::min(*earliest, deadline) : deadline;
        },
        static_cast<int>(wait)));
  }
  return earliest;
}

Result<std::vector<JobRecord>> naming_drive(store::Reader& reader, std::string_view drive_key) {
  return select(reader,
                "SELECT " QM_JOB_COLUMNS
                " FROM import_export_drives d JOIN import_export_jobs j ON j.id = d.job "
                "WHERE d.drive_key = ? AND d.open = 1 ORDER BY j.shipped, j.resource",
                drive_key);
}

Result<std::vector<Guid>> imports(store::Reader& reader) {
  std::vector<Guid> works;
  TRY(reader.each("SELECT work FROM import_export_drives WHERE work IS NOT NULL AND outcome IS NULL",
                  [&](const store::Row& row) -> Result<> {
                    TRY(const auto work, row.blob_guid(0));
                    works.push_back(work);
                    return ok();
                  }));
  return works;
}

Result<std::vector<JobRecord>> with_docked_drives(store::Reader& reader) {
  return select(reader,
                "SELECT " QM_JOB_COLUMNS
                " FROM import_export_jobs j WHERE j.state = ? AND j.id IN "
                "(SELECT job FROM import_export_drives WHERE open = 1 AND path <> '' AND work IS NULL)",
                static_cast<int>(JobState::shipping));
}

}  // namespace records
}  // namespace quaymaster::import_export
