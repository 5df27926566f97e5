#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "jobs/engine.h"

/// The table of jobs and every statement on it. A row is held by the engine in lease_owner until `due`; a row without
/// an owner may be taken from `due` on.
namespace quaymaster::jobs::records {

/// What the engine stores about a job in addition to its record.
struct Stored {
  Record record;
  std::int64_t number = 0;  // order of creation
  int position = 0;         // of the next step in its kind, where the record has no name of it
  bool leased = false;
  std::int64_t token = 0;  // how often the job was taken up; the last one to do so holds it
  int pauses = 0;          // consecutive pauses without a save in between
};

/// Who writes about a job it holds, and until when it will hold it. A run that has lost the job is recognized by its
/// token even when its engine holds the job again.
struct Holder {
  Guid owner;
  std::int64_t token = 0;
  Time due;
};

Result<> insert(store::Writer& writer, const Record& record);
Result<std::optional<Stored>> find(store::Reader& reader, const Guid& id);
Result<std::vector<Record>> list(store::Reader& reader, std::string_view subject, std::size_t limit);

struct Waiting {
  std::int64_t number;
  Guid id;
  std::string_view kind;  // valid until the call returns
  Time due;
};
/// Every unfinished job, ordered by `due`, until `on_job` returns false. In pages: there may be many.
Result<> each_unfinished(store::Reader& reader, const std::function<bool(const Waiting&)>& on_job);

/// Takes a job for another attempt of its step, which gives it a new token.
Result<Stored> take_up(store::Writer& writer, std::int64_t number, const Guid& owner, Time due, Time now);
/// Jobs that were taken up by a version that recorded positions of steps instead of names.
struct Unnamed {
  std::int64_t number;
  std::string kind;
  int position;
};
Result<std::vector<Unnamed>> unnamed(store::Reader& reader);
/// Where the record has no name of the next step yet.
Result<> name_step(store::Writer& writer, std::int64_t number, std::string_view step);
/// Sets all leases free: their holders are known to be dead.
Result<> free_all(store::Writer& writer, Time now);
/// Requests a cancel, which the holder will see.
Result<> ask_to_cancel(store::Writer& writer, std::int64_t number, Time now);
/// Ends a job that no engine holds.
Result<> end_free(store::Writer& writer, const Stored& stored);

/// Whether `holder` still holds the job when this change is committed.
Result<bool> holds(store::Writer& writer, std::int64_t number, const Holder& holder);

// Writes reserved for the holder. Each returns whether a cancel has been requested; nullopt: another engine holds the
// job now, and nothing was changed.
using Held = std::optional<bool>;
Result<Held> renew(store::Writer& writer, std::int64_t number, const Holder& holder);
Result<Held> write_progress(store::Writer& writer, const Stored& stored, const Holder& holder);
Result<Held> write_data(store::Writer& writer, const Stored& stored, const Holder& holder);
/// Everything that changes during a job's life. `keep`: the lease continues; otherwise the job is free from `due` on.
Result<Held> write_all(store::Writer& writer, const Stored& stored, const Holder& holder, bool keep);

}  // namespace quaymaster::jobs::records
