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

/// queued → running → succeeded | failed | cancelled; running ↔ paused (waits for space or a busy resource, says why).
enum class State { queued, running, paused, succeeded, failed, cancelled };
constexpr bool is_final(State state) {
  return state >= State::succeeded;
}

/// A job as the store keeps it. `parameters` and `data` are JSON text that belongs to the kind: what was asked for, and
/// what its steps remember. Wire states are computed from this record, never stored.
struct Record {
  Guid id;
  std::string kind;
  std::string subject;  // whose job: the owner's key, indexed (a resource id in lower case)
  State state = State::queued;
  bool cancel_requested = false;
  /// The first step not finished, by its name, so that a version of the kind with other steps goes on where this one
  /// stopped. Empty: all are. Absent until the job is taken up; it begins with the first one that the kind has then.
  std::optional<std::string> step;
  int attempts = 0;  // times the present step was started
  std::string parameters;
  std::string data;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  // 0: not known yet
  std::string reason;             // of paused and failed: published text, fit for a client
  std::string error_code;         // of failed: the published code
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

/// How fast it goes, computed while it runs; nothing of it is stored.
struct Rate {
  double bytes_per_second = 0;
  std::optional<double> seconds_left;   // absent while nothing honest can be said
  double seconds_left_uncertainty = 0;  // one standard deviation
};

/// What a step sees of its job. A step runs on one worker thread; helpers it starts may call everything here.
class Run {
 public:
  virtual ~Run() = default;
  virtual const Record& record() const = 0;  // as of the start of the step; data() is current
  virtual std::string data() const = 0;
  virtual Clock& clock() = 0;

  /// Call wherever the step could wait, at least every few hundred milliseconds. Errc::cancelled: somebody cancelled
  /// the job, the server drains, or another engine has the job now; return it. The engine knows which, and resumes a
  /// drained job at this step.
  /// Errc::no_space, in a step that adds data: there is no room for it (Options::has_room); return it.
  virtual Result<> continue_or_cancel() = 0;
  virtual bool cancel_requested() const = 0;  // by somebody; false while the server merely drains
  /// Cheap; reaches the store at most once a second and with every save.
  virtual void progress(std::uint64_t bytes_done, std::uint64_t bytes_total) = 0;
  /// Replaces the kind's data, durable on return. Errc::cancelled: another engine has the job now; nothing was saved.
  /// The errors of Database::write; data() is then what it was.
  virtual Result<> save(std::string data) = 0;
  /// The same in one transaction with `change`: what the step did and that it did it stand or fall together.
  virtual Result<> save(std::string data, store::Database::Change change) = 0;
};

/// A step is safe to repeat: it may be run again from its start after a crash, with the data saved last.
/// Errors: Errc::cancelled ends or parks the job; Errc::no_space and Errc::busy pause it, and the step is run again
/// after a delay that grows to a minute, or, when the engine's own disk had no room or too little (Options::has_room,
/// Options::room), within a second of there being some or more; everything else fails the job. The published part of
/// the error becomes reason and error_code; the cause goes to the log.
struct Step {
  std::string_view name;
  std::function<Result<>(Run&)> run;
  bool adds_data = false;  // is not begun and does not go on while there is no room
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
  /// By kind: so many workers that take jobs of this kind and no others, which in turn leave them to these. For kinds
  /// whose jobs may take as long as somebody else likes, so that they hold up only each other.
  std::map<std::string, std::size_t, std::less<>> own_workers = {};
  Ticks lease = std::chrono::seconds{30};  // a worker that stops renewing loses its job to another
  /// This is the only engine on the database, so what another one holds belongs to a process that died: start() takes
  /// it over at once instead of waiting for the lease to run out.
  bool alone = false;
  /// Whether there is room for what jobs add. Asked on a worker's thread, outside of any change or read, once a second
  /// while a job waits for room and often by steps that add data. Empty: there always is.
  std::function<bool()> has_room;
  /// About how many bytes jobs could add now. A job that ran out of space though there was room goes on as soon as this
  /// says more than when it last got anywhere. Asked with every step and save, and once a second while such a job
  /// waits, as `has_room` is. Empty: only the delay counts.
  std::function<std::uint64_t()> room;
  /// Asked before every step; an error it answers is the step's result, and the step does not run. For failures on
  /// order. May be empty.
  std::function<Result<>(const Record& job, std::string_view step)> before_step;
};

/// How many jobs have not ended.
struct Unfinished {
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  std::uint64_t paused = 0;
};
/// Costs as much as there are of them, however many have ended. For metrics.
Result<Unfinished> count_unfinished(store::Reader& reader);

/// Forgets a job that has ended; one that has not stays. Nothing happens when there is none.
Result<> remove_ended(store::Writer& writer, const Guid& id);

/// Tables of this engine, for open_sqlite.
store::Schema schema();

/// Durable background work. Every change is a record first: after kill -9 a job goes on at the first step not recorded
/// as finished. Several engines may share one database: a job is held by a lease that its engine renews, everything a
/// run writes is refused once another engine has taken the job over. Jobs of kinds that nobody added wait. Thread-safe.
class Engine {
 public:
  /// Everything referred to must outlive the engine. Leases, delays and times of records are by `clock`.
  Engine(store::Database& database, Clock& clock, RandomSource& random, Options options = {});
  ~Engine();  // drains
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Before start().
  void add(Kind kind);
  /// The kinds added so far, each with its steps in their order.
  std::map<std::string, std::vector<std::string>> kinds() const;
  void start();
  /// No new work; running steps stop at their next safe point and stay queued; waiters get what there is. Returns when
  /// all have stopped. Cannot be started again.
  void drain();

  /// In the transaction of the request that causes it; the job is taken up once that commits.
  Result<Guid> create(store::Writer& writer, NewJob job);
  /// A queued or paused job ends with this transaction; a running one at its next safe point, or succeeds if its last
  /// step was done by then. Errc::not_found. Errc::conflict: already ended. Errors of the kind's `ended`.
  Result<> request_cancel(store::Writer& writer, const Guid& id);

  /// With the live byte counts of a running job mixed in. Errc::not_found.
  Result<Record> get(store::Reader& reader, const Guid& id);
  /// Newest first.
  Result<std::vector<Record>> list(store::Reader& reader, std::string_view subject, std::size_t limit);
  /// Of a job that runs in this engine; all zero for others.
  Rate rate(const Guid& id);

  /// Blocks until the job has ended, `deadline` (given clock) has come or the engine drains; answers the record. Wakes
  /// with the commit that ends the job here; what another engine ends is seen after a third of a lease. Not to be
  /// called inside a change or a read. Errc::not_found.
  Result<Record> wait(const Guid& id, Time deadline);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with commits under way, which wake it
};

}  // namespace quaymaster::jobs
