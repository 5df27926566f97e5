#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "store/database.h"

namespace quaymaster::jobs {

/// queued → running → succeeded | failed | cancelled; running ↔ paused (waits for space or a busy resource; has a
/// reason).
enum class State { queued, running, paused, succeeded, failed, cancelled };
constexpr bool is_final(State state) {
  return state >= State::succeeded;
}

/// A job as stored. `parameters` and `data` are JSON text owned by the kind: the request, and the state that its steps
/// save. Wire states are computed from this record, never stored.
struct Record {
  Guid id;
  std::string kind;
  std::string subject;  // the owner's key, indexed (a resource id in lower case)
  State state = State::queued;
  bool cancel_requested = false;
  /// The first step not finished, by its name, so that a version of the kind with other steps resumes where this one
  /// stopped. Empty: all are. Absent until the job is taken up; it begins with the first one that the kind has then.
  std::optional<std::string> step;
  int attempts = 0;  // times the present step was started
  std::string parameters;
  std::string data;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  // 0: not known yet
  std::string reason;             // when paused or failed: published text, safe for clients
  std::string error_code;         // when failed: the published code
  Time created;
  std::optional<Time> started;
  std::optional<Time> ended;
  Time updated;
};

struct NewJob {
  std::string kind;
  std::string subject;
  std::string parameters;
};

/// Current speed, computed while the job runs; never stored.
struct Rate {
  double bytes_per_second = 0;
  std::optional<double> seconds_left;   // absent while there is not enough data for an estimate
  double seconds_left_uncertainty = 0;  // one standard deviation
};

/// A step's view of its job. A step runs on one worker thread; helper threads may call everything here as well.
class Run {
 public:
  virtual ~Run() = default;
  virtual const Record& record() const = 0;  // as of the start of the step; data() is up to date
  virtual std::string data() const = 0;
  virtual Clock& clock() = 0;

  /// Call at points where the step can stop, at least every few hundred milliseconds. Errc::cancelled: the job was
  /// cancelled, the server is draining, or another engine has the job now; return it. The engine knows which, and
  /// resumes a drained job at this step.
  /// Errc::no_space, in a step that adds data: there is no room for it (Options::has_room); return it.
  virtual Result<> continue_or_cancel() = 0;
  virtual bool cancel_requested() const = 0;  // on request; false while the server merely drains
  /// Cheap; reaches the store at most once per second and with every save.
  virtual void progress(std::uint64_t bytes_done, std::uint64_t bytes_total) = 0;
  /// Replaces the kind's data, durable on return. Errc::cancelled: another engine has the job now; nothing was saved.
  /// Also the errors of Database::write; data() is then unchanged.
  virtual Result<> save(std::string data) = 0;
  /// The same in one transaction with `change`: a step's effect and the record of it are committed together or not at
  /// all.
  virtual Result<> save(std::string data, store::Database::Change change) = 0;
  /// In a change of the step that saves nothing: Errc::cancelled when another engine has the job by the time the change
  /// is committed; return it. A step writes to the records only under `save` or `hold`.
  virtual Result<> hold(store::Writer& writer) = 0;
};

/// For work that a step hands on: it may write while the step holds its job. Not longer than the run.
inline store::Fence fence(Run& run) {
  return [&run](store::Writer& writer) { return run.hold(writer); };
}

/// A step must be safe to repeat: after a crash it may run again from its start, with the data saved last.
/// Errors: Errc::cancelled ends or parks the job; Errc::no_space and Errc::busy pause it, and the step is retried after
/// a delay that grows to a minute or, if the engine's own disk had too little room (Options::has_room, Options::room),
/// within a second of more becoming free; any other error fails the job. The published part of the error becomes reason
/// and error_code; the cause is logged.
struct Step {
  std::string_view name;
  std::function<Result<>(Run&)> run;
  bool adds_data = false;  // does not start or continue while there is no room
};

/// Steps may be added, removed and moved from one version to the next; what a name means must stay. A job whose next
/// step the kind no longer has fails and says so.
struct Kind {
  std::string name;
  std::vector<Step> steps;  // no two of one name
  /// In the transaction that ends the job, with its final record. May be empty. Called by this or by any other engine
  /// that has the kind; may be called again when the transaction did not come about. Errc::no_space and Errc::busy
  /// pause the job and it is ended later; another error makes it fail, and when that is refused too it fails without
  /// this.
  std::function<Result<>(store::Writer&, const Record&)> ended;
};

struct Options {
  std::size_t workers = 4;
  /// Per kind: this many workers take only jobs of this kind, and other workers do not take them. For kinds whose
  /// duration depends on others, so that their jobs delay only each other.
  std::map<std::string, std::size_t, std::less<>> own_workers = {};
  Ticks lease = std::chrono::seconds{30};  // a worker that stops renewing it loses its job to another
  /// This is the only engine on the database, so a job held by another one was left by a process that died: start()
  /// takes it over at once instead of waiting for the lease to expire.
  bool alone = false;
  /// Whether there is room for the data that jobs add. Called on a worker's thread, outside of changes and reads: once
  /// per second while a job waits for room, and often by steps that add data. Empty: always room.
  std::function<bool()> has_room;
  /// About how many bytes jobs could add now. A job that ran out of space although there was room continues as soon as
  /// this exceeds its value at the job's last progress. Called with every step and save and, like `has_room`, once per
  /// second while such a job waits. Empty: only the delay counts.
  std::function<std::uint64_t()> room;
  /// Called before every step; if it returns an error, that is the step's result and the step does not run. For
  /// injecting failures. May be empty.
  std::function<Result<>(const Record& job, std::string_view step)> before_step;
};

/// The number of unfinished jobs.
struct Unfinished {
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  std::uint64_t paused = 0;
};
/// The cost depends on the number of unfinished jobs only. For metrics.
Result<Unfinished> count_unfinished(store::Reader& reader);

/// Deletes the record of a job that has ended; others are kept. Succeeds when there is none.
Result<> remove_ended(store::Writer& writer, const Guid& id);

/// The tables of this engine, for open_sqlite.
store::Schema schema();

/// Durable background work. Every state change is recorded before it takes effect: after kill -9 a job continues at the
/// first step not recorded as finished. Several engines may share one database: a job is held by a lease that its
/// engine renews, and writes of a run are refused once another engine has taken the job over. Jobs of unknown kinds
/// wait. Thread-safe.
class Engine {
 public:
  /// All references must outlive the engine. Times in records use `clock`; leases and delays use the store's.
  Engine(store::Database& database, Clock& clock, RandomSource& random, Options options = {});
  ~Engine();  // calls drain()
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Call before start().
  void add(Kind kind);
  /// The kinds added so far, each with its steps in order.
  std::map<std::string, std::vector<std::string>> kinds() const;
  void start();
  /// Takes no new work; running steps stop at their next safe point and stay queued; waiters get the current record.
  /// Returns when all have stopped. The engine cannot be started again.
  void drain();

  /// Call in the transaction of the request; the job starts after that commits.
  Result<Guid> create(store::Writer& writer, NewJob job);
  /// A queued or paused job ends with this transaction; a running one at its next safe point, or it succeeds if its
  /// last step was done by then. Errc::not_found. Errc::conflict: already ended. Also the errors of the kind's `ended`.
  Result<> request_cancel(store::Writer& writer, const Guid& id);

  /// Includes the live byte counts of a running job. Errc::not_found.
  Result<Record> get(store::Reader& reader, const Guid& id);
  /// Newest first.
  Result<std::vector<Record>> list(store::Reader& reader, std::string_view subject, std::size_t limit);
  /// For a job that runs in this engine; all zero for others.
  Rate rate(const Guid& id);

  /// Blocks until the job has ended, `deadline` (on the engine's clock) has passed or the engine drains; returns the
  /// record. Wakes with the commit that ends the job, whichever engine does; should that notice be lost, after a third
  /// of a lease. Must not be called inside a change or a read. Errc::not_found.
  Result<Record> wait(const Guid& id, Time deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quaymaster::jobs
