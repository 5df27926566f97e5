#include "jobs/records.h"

#include <algorithm>

#include "base/check.h"

namespace quaymaster::jobs {
namespace records {
namespace {

#define JOB_COLUMNS                                                                                               \
  "number, id, kind, subject, state, cancel_requested, step, next_step, attempts, parameters, data, bytes_done, " \
  "bytes_total, reason, error_code, created, started, ended, updated, lease_owner, taken, pauses"

std::optional<Time> maybe_time(const store::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

/// In the order of JOB_COLUMNS.
Result<Stored> stored(const store::Row& row) {
  Stored job;
  int column = 0;
  job.number = row.integer(column++);
  Record& r = job.record;
  TRY(r.id, row.blob_guid(column++));
  r.kind = row.text(column++);
  r.subject = row.text(column++);
  r.state = static_cast<State>(row.integer(column++));
  r.cancel_requested = row.integer(column++) != 0;
  job.position = static_cast<int>(row.integer(column++));
  if (!row.is_null(column)) {
    r.step = row.text(column);
  }
  ++column;
  r.attempts = static_cast<int>(row.integer(column++));
  r.parameters = row.text(column++);
  r.data = row.text(column++);
  r.bytes_done = static_cast<std::uint64_t>(row.integer(column++));
  r.bytes_total = static_cast<std::uint64_t>(row.integer(column++));
  r.reason = row.text(column++);
  r.error_code = row.text(column++);
  r.created = row.time(column++);
  r.started = maybe_time(row, column++);
  r.ended = maybe_time(row, column++);
  r.updated = row.time(column++);
  job.leased = !row.is_null(column++);
  job.token = row.integer(column++);
  job.pauses = static_cast<int>(row.integer(column++));
  return job;
}

int number_of(State state) {
  return static_cast<int>(state);
}

template <class... Arguments>
Result<Held> change_held(store::Writer& writer, const char* sql, const Arguments&... arguments) {
  Held held;
  TRY(writer.first(sql, [&](const store::Row& row) { held = row.integer(0) != 0; }, arguments...));
  return held;
}

}  // namespace

Result<> insert(store::Writer& writer, const Record& r) {
  TRY(writer.change(
      "INSERT INTO job (id, kind, subject, state, cancel_requested, step, attempts, parameters, data, "
      "bytes_done, bytes_total, reason, error_code, created, updated, due, pauses) "
      "VALUES (?, ?, ?, ?, 0, 0, 0, ?, '', 0, 0, '', '', ?, ?, ?, 0)",
      Bytes(r.id.bytes), r.kind, r.subject, number_of(r.state), r.parameters, r.created, r.updated, r.created));
  return ok();
}

Result<std::optional<Stored>> find(store::Reader& reader, const Guid& id) {
  std::optional<Stored> found;
  TRY(reader.each(
      "SELECT " JOB_COLUMNS " FROM job WHERE id = ?",
      [&](const store::Row& row) -> Result<> {
        TRY(found, stored(row));
        return ok();
      },
      Bytes(id.bytes)));
  return found;
}

Result<std::vector<Record>> list(store::Reader& reader, std::string_view subject, std::size_t limit) {
  std::vector<Record> jobs;
  TRY(reader.each(
      "SELECT " JOB_COLUMNS " FROM job WHERE subject = ? ORDER BY number DESC LIMIT ?",
      [&](const store::Row& row) -> Result<> {
        TRY(auto job, stored(row));
        jobs.push_back(std::move(job.record));
        return ok();
      },
      subject, limit));
  return jobs;
}

Result<> each_unfinished(store::Reader& reader, const std::function<bool(const Waiting&)>& on_job) {
  constexpr std::int64_t kPage = 256;
  Time due = Time::min();
  std::int64_t number = 0;
  bool enough = false;
  for (std::int64_t rows = kPage; rows == kPage && !enough;) {
    rows = 0;
    TRY(reader.each(
        "SELECT number, id, kind, due FROM job WHERE state < 3 AND (due, number) > (?, ?) ORDER BY due, number LIMIT ?",
        [&](const store::Row& row) -> Result<> {
          ++rows;
          number = row.integer(0);
          due = row.time(3);
          TRY(const auto id, row.blob_guid(1));
          enough = enough || !on_job({number, id, row.text(2), due});
          return ok();
        },
        due, number, kPage));
  }
  return ok();
}

Result<Stored> take_up(store::Writer& writer, std::int64_t number, const Guid& owner, Time due, Time now) {
  std::optional<Stored> taken;
  TRY(writer.each(
      "UPDATE job SET state = 1, attempts = attempts + 1, taken = taken + 1, reason = '', started = coalesce(started, "
      "?), "
      "updated = ?, lease_owner = ?, due = ? WHERE number = ? RETURNING " JOB_COLUMNS,
      [&](const store::Row& row) -> Result<> {
        TRY(taken, stored(row));
        return ok();
      },
      now, now, Bytes(owner.bytes), due, number));
  check(taken.has_value());  // seen in the same transaction
  return std::move(*taken);
}

Result<std::vector<Unnamed>> unnamed(store::Reader& reader) {
  std::vector<Unnamed> jobs;
  TRY(reader.each("SELECT number, kind, step FROM job WHERE state < 3 AND next_step IS NULL AND attempts > 0",
                  [&](const store::Row& row) -> Result<> {
                    jobs.push_back({row.integer(0), std::string(row.text(1)), static_cast<int>(row.integer(2))});
                    return ok();
                  }));
  return jobs;
}

Result<> name_step(store::Writer& writer, std::int64_t number, std::string_view step) {
  TRY(writer.change("UPDATE job SET next_step = ? WHERE number = ? AND next_step IS NULL", step, number));
  return ok();
}

Result<> free_all(store::Writer& writer, Time now) {
  TRY(writer.change("UPDATE job SET state = 0, lease_owner = NULL, due = ? WHERE state < 3 AND lease_owner IS NOT NULL",
                    now));
  return ok();
}

Result<> ask_to_cancel(store::Writer& writer, std::int64_t number, Time now) {
  TRY(writer.change("UPDATE job SET cancel_requested = 1, updated = ? WHERE number = ?", now, number));
  return ok();
}

Result<> end_free(store::Writer& writer, const Stored& job) {
  const Record& r = job.record;
  TRY(
      writer.change("UPDATE job SET state = ?, cancel_requested = 1, reason = ?, ended = ?, updated = ? "
                    "WHERE number = ?",
                    number_of(r.state), r.reason, r.ended, r.updated, job.number));
  return ok();
}

Result<bool> holds(store::Writer& writer, std::int64_t number, const Holder& holder) {
  return writer.first(
      "SELECT 1 FROM job WHERE number = ? AND lease_owner = ? AND taken = ? FOR SHARE", [](const store::Row&) {},
      number, Bytes(holder.owner.bytes), holder.token);
}

Result<Held> renew(store::Writer& writer, std::int64_t number, const Holder& holder) {
  return change_held(
      writer, "UPDATE job SET due = ? WHERE number = ? AND lease_owner = ? AND taken = ? RETURNING cancel_requested",
      holder.due, number, Bytes(holder.owner.bytes), holder.token);
}

Result<Held> write_progress(store::Writer& writer, const Stored& job, const Holder& holder) {
  const Record& r = job.record;
  return change_held(writer,
                     "UPDATE job SET bytes_done = ?, bytes_total = ?, updated = ?, due = ? "
                     "WHERE number = ? AND lease_owner = ? AND taken = ? RETURNING cancel_requested",
                     r.bytes_done, r.bytes_total, r.updated, holder.due, job.number, Bytes(holder.owner.bytes),
                     holder.token);
}

Result<Held> write_data(store::Writer& writer, const Stored& job, const Holder& holder) {
  const Record& r = job.record;
  return change_held(writer,
                     "UPDATE job SET data = ?, bytes_done = ?, bytes_total = ?, updated = ?, due = ?, pauses = 0 "
                     "WHERE number = ? AND lease_owner = ? AND taken = ? RETURNING cancel_requested",
                     r.data, r.bytes_done, r.bytes_total, r.updated, holder.due, job.number, Bytes(holder.owner.bytes),
                     holder.token);
}

Result<Held> write_all(store::Writer& writer, const Stored& job, const Holder& holder, bool keep) {
  const Record& r = job.record;
  const auto owner_after = keep ? store::Value(Bytes(holder.owner.bytes)) : store::Value(nullptr);
  return change_held(
      writer,
      "UPDATE job SET state = ?, next_step = ?, attempts = ?, data = ?, bytes_done = ?, bytes_total = ?, "
      "reason = ?, error_code = ?, ended = ?, updated = ?, due = ?, pauses = ?, lease_owner = ? "
      "WHERE number = ? AND lease_owner = ? AND taken = ? RETURNING cancel_requested",
      number_of(r.state), r.step, r.attempts, r.data, r.bytes_done, r.bytes_total, r.reason, r.error_code, r.ended,
      r.updated, holder.due, job.pauses, owner_after, job.number, Bytes(holder.owner.bytes), holder.token);
}

}  // namespace records

store::Schema schema() {
  // The numbers are those of State; 3 and up have ended. The only index that the engine searches contains unfinished
  // jobs, so it stays small however many jobs there have been.
  static constexpr std::string_view kSteps[] = {
      "CREATE TABLE job ("
      "  number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, subject TEXT NOT NULL,"
      "  state INTEGER NOT NULL, cancel_requested INTEGER NOT NULL, step INTEGER NOT NULL, attempts INTEGER NOT NULL,"
      "  parameters TEXT NOT NULL, data TEXT NOT NULL, bytes_done INTEGER NOT NULL, bytes_total INTEGER NOT NULL,"
      "  reason TEXT NOT NULL, error_code TEXT NOT NULL, created INTEGER NOT NULL, started INTEGER, ended INTEGER,"
      "  updated INTEGER NOT NULL, lease_owner BLOB, due INTEGER NOT NULL, pauses INTEGER NOT NULL) STRICT;"
      "CREATE INDEX job_unfinished ON job (due, number) WHERE state < 3;"
      "CREATE INDEX job_subject ON job (subject, number);",
      // `step` was the position of the next step in its kind. It is read where there is no name yet, never written.
      "ALTER TABLE job ADD COLUMN next_step TEXT;", "ALTER TABLE job ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;"};
  return {"jobs", kSteps};
}

Result<> remove_ended(store::Writer& writer, const Guid& id) {
  TRY(writer.change("DELETE FROM job WHERE id = ? AND state >= 3", Bytes(id.bytes)));
  return ok();
}

Result<Unfinished> count_unfinished(store::Reader& reader) {
  Unfinished counts;
  TRY(reader.each("SELECT state, count(*) FROM job WHERE state < 3 GROUP BY state",
                  [&](const store::Row& row) -> Result<> {
                    const auto count = static_cast<std::uint64_t>(row.integer(1));
                    switch (static_cast<State>(row.integer(0))) {
                      case State::queued:
                        counts.queued = count;
                        break;
                      case State::running:
                        counts.running = count;
                        break;
                      default:
                        counts.paused = count;
                    }
                    return ok();
                  }));
  return counts;
}

}  // namespace quaymaster::jobs
