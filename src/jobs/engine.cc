#include "jobs/engine.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <map>
#include <set>
#include <thread>

#include "base/caught.h"
#include "base/check.h"
#include "base/log.h"
#include "jobs/job_runner.h"
#include "jobs/step_names.h"

namespace quaymaster::jobs {

class Engine::Impl {
 public:
  Impl(store::Database& database, Clock& clock, RandomSource& random, const Options& options)
      : random_(random),
        options_(options),
        context_{database, clock, random.guid(), options.lease, options.before_step, options.has_room, options.room} {
    crews_[""].size = options.workers;
    for (const auto& [kind, size] : options.own_workers) {
      crews_[kind].size = size;
    }
    listening_.push_back(database.listen(store::Topic::job, [this](std::string_view) { wake_workers(); }));
    listening_.push_back(database.listen(store::Topic::job_end, [this](std::string_view id) { was_ended(id); }));
    listening_.push_back(database.listen(store::Topic::job_cancel, [this](std::string_view id) { was_cancelled(id); }));
  }

  void add(Kind kind) {
    check(workers_.empty());
    std::set<std::string_view> names = {""};  // which stands for no step
    for (const auto& step : kind.steps) {
      check(names.insert(step.name).second);
    }
    auto name = kind.name;
    check(kinds_.emplace(std::move(name), std::move(kind)).second);
  }
  std::map<std::string, std::vector<std::string>> kinds() const {
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& [name, kind] : kinds_) {
      for (const auto& step : kind.steps) {
        all[name].emplace_back(step.name);
      }
    }
    return all;
  }
  void start();
  void drain();

  Result<Guid> create(store::Writer& writer, NewJob job);
  Result<> request_cancel(store::Writer& writer, const Guid& id);
  Result<Record> get(store::Reader& reader, const Guid& id);
  Result<std::vector<Record>> list(store::Reader& reader, std::string_view subject, std::size_t limit);
  Rate rate(const Guid& id);
  Result<Record> wait(const Guid& id, Time deadline);

 private:
  struct Waiter {
    Guid id;
    std::stop_source ended;
  };
  struct Claim {
    records::Stored stored;
    std::shared_ptr<Live> live;
    const Kind* kind = nullptr;
  };
  /// What a paused job that ran out of space waits for.
  enum class Wait {
    for_room,   // no room at all; its due time is ignored
    for_more,   // more room, or its due time
    no_longer,  // nothing: there is more room than when it ran out, so it may run before its due time
  };
  struct Candidate {
    std::int64_t number = 0;
    const Kind* kind = nullptr;
  };

  /// Workers that take jobs of the same kinds.
  struct Workers {
    std::size_t size = 0;
    std::condition_variable wanted;
    bool maybe_work = true;
  };

  void work(Workers& crew);
  void keep_time();
  Result<std::optional<Claim>> claim(const Workers& crew);
  Result<std::optional<Candidate>> find_candidate(store::Reader& reader, const Workers& crew,
                                                  const std::map<Guid, Wait>& waits);
  const Workers& workers_of(std::string_view kind) const;
  std::map<Guid, Wait> waits_for_space();
  void renew_leases();

  void wake_workers();
  void wake_workers_locked();
  void look_again_at(Time time);
  void remember(const std::shared_ptr<Live>& job);
  void forget(const Guid& id);
  void was_ended(std::string_view id);
  void was_cancelled(std::string_view id);
  void wake_waiters(const Guid& id);
  std::shared_ptr<Live> live(const Guid& id);
  void mix_in(Record& record);

  RandomSource& random_;
  const Options options_;
  RunContext context_;
  std::map<std::string, Kind, std::less<>> kinds_;  // constant once started
  std::stop_source drain_;
  std::vector<std::thread> workers_;
  std::thread timekeeper_;

  // Never held while the database is called.
  std::mutex mutex_;
  std::map<std::string, Workers, std::less<>> crews_;  // by kind; "": all kinds without dedicated workers
  std::condition_variable time_wanted_;
  bool timekeeper_ends_ = false;
  std::map<Guid, std::shared_ptr<Live>> running_;
  std::list<Waiter> waiters_;
  std::optional<Time> next_renewal_;                             // set while something runs
  std::optional<Time> next_look_;                                // when a job that waits for a time becomes due
  std::stop_source sleep_;                                       // wakes the timekeeper
  std::vector<std::unique_ptr<store::Subscription>> listening_;  // ends before what it wakes
};

void Engine::Impl::start() {
  check(workers_.empty() && options_.workers > 0);
  if (options_.alone) {
    const auto freed = context_.database.write(
        [this](store::Writer& writer) { return records::free_all(writer, context_.database.now()); });
    if (!freed) {
      log::warning("jobs", "jobs of an earlier process wait until their leases expire: {}", freed.error().cause());
    }
  }
  if (const auto named = name_steps(context_.database, kinds_); !named) {
    log::warning("jobs", "steps of jobs that an earlier version began are named later: {}", named.error().cause());
  }
  for (auto& [kind, crew] : crews_) {
    check(crew.size > 0);
    for (std::size_t i = 0; i < crew.size; ++i) {
      workers_.emplace_back([this, &crew] { work(crew); });
    }
  }
  timekeeper_ = std::thread([this] { keep_time(); });
}

void Engine::Impl::drain() {
  context_.draining = true;
  drain_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    for (auto& [kind, crew] : crews_) {
      crew.wanted.notify_all();
    }
    for (auto& waiter : waiters_) {
      waiter.ended.request_stop();
    }
  }
  for (auto& worker : workers_) {
    if (worker.joinable()) {
      worker.join();
    }
  }
  // Only now, since leases must be renewed until the last step has stopped.
  {
    const std::lock_guard lock(mutex_);
    timekeeper_ends_ = true;
    time_wanted_.notify_all();
    sleep_.request_stop();
  }
  if (timekeeper_.joinable()) {
    timekeeper_.join();
  }
}

void Engine::Impl::work(Workers& crew) {
  pthread_setname_np(pthread_self(), "job-worker");
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      crew.wanted.wait(lock, [&] { return context_.draining || crew.maybe_work; });
      if (context_.draining) {
        return;
      }
      crew.maybe_work = false;
    }
    auto claimed = caught([&] { return claim(crew); });
    if (!claimed) {
      log::warning("jobs", "cannot look for work: {}", claimed.error().cause());
      look_again_at(context_.clock.now() + std::chrono::seconds{1});
      continue;
    }
    if (!claimed.value()) {
      continue;
    }
    // There may be more jobs; each worker that finds one wakes the next.
    wake_workers();
    auto& claim = *claimed.value();
    const Guid id = claim.live->id;
    std::optional<Time> again;
    // The runner catches exceptions from steps. An exception from elsewhere leaves the job held; its lease expires.
    contained([&] {
      again = JobRunner(context_, drain_.get_token(), *claim.kind, claim.live, std::move(claim.stored)).run();
    });
    forget(id);
    if (again) {
      look_again_at(*again);
    }
    // It was skipped while it ran here; it may be due again already.
    wake_workers();
  }
}

/// The job that has waited longest. Reads before it writes: most searches find nothing.
Result<std::optional<Engine::Impl::Claim>> Engine::Impl::claim(const Workers& crew) {
  std::optional<Candidate> candidate;
  const auto waits = waits_for_space();
  TRY(context_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(candidate, find_candidate(reader, crew, waits));
    return ok();
  }));
  if (!candidate) {
    return std::optional<Claim>();
  }
  std::optional<Claim> claim;
  auto written = context_.database.write([&](store::Writer& writer) -> Result<> {
    claim.reset();
    TRY(const auto still, find_candidate(writer, crew, waits));
    if (!still) {
      return ok();
    }
    const Time due = context_.database.now() + context_.lease;
    TRY(auto stored, records::take_up(writer, still->number, context_.owner, due, context_.clock.now()));
    if (!stored.record.step) {
      stored.record.step = step_at(*still->kind, stored.position);
      TRY(records::name_step(writer, still->number, *stored.record.step));
    }
    auto live = std::make_shared<Live>(stored);
    claim = Claim{std::move(stored), live, still->kind};
    // Before any other thread sees the claim, so that none of our workers mistakes it for a job with an expired lease,
    // even if the clock is moved.
    writer.after_commit([this, live] { remember(live); });
    return ok();
  });
  if (!written) {
    return written.error();
  }
  if (claim) {
    const std::lock_guard lock(context_.mutex);
    context_.short_of_space.erase(claim->live->id);
  }
  return claim;
}

const Engine::Impl::Workers& Engine::Impl::workers_of(std::string_view kind) const {
  const auto own = crews_.find(kind);
  return own != crews_.end() ? own->second : crews_.find("")->second;
}

/// Checks the disk only when a job waits for it.
std::map<Guid, Engine::Impl::Wait> Engine::Impl::waits_for_space() {
  std::map<Guid, Lack> jobs;
  {
    const std::lock_guard lock(context_.mutex);
    jobs = context_.short_of_space;
  }
  std::map<Guid, Wait> waits;
  if (jobs.empty()) {
    return waits;
  }
  const bool has_room = context_.expect_room().has_value();
  const auto room = context_.room_now();
  for (const auto& [id, lack] : jobs) {
    const bool has_more = has_room && (lack.of_any_room || (room > lack.had && room - lack.had >= kMoreRoom));
    waits[id] = has_more ? Wait::no_longer : lack.of_any_room ? Wait::for_room : Wait::for_more;
  }
  return waits;
}

Result<std::optional<Engine::Impl::Candidate>> Engine::Impl::find_candidate(store::Reader& reader, const Workers& crew,
                                                                            const std::map<Guid, Wait>& waits) {
  const Time now = context_.database.now();
  // No delay is longer than this: a later due time was written before the clock was set back.
  const Time latest = now + std::max(options_.lease, kLongestDelay);
  std::optional<Candidate> candidate;
  std::optional<Time> later;
  TRY(records::each_unfinished(reader, [&](const records::Waiting& waiting) {
    const auto kind = kinds_.find(waiting.kind);
    if (kind == kinds_.end() || &workers_of(waiting.kind) != &crew || live(waiting.id) != nullptr) {
      return true;
    }
    const auto wait = waits.find(waiting.id);
    const bool wants_space = wait != waits.end() && wait->second != Wait::no_longer;
    if (wants_space) {
      const auto look = now + kLookForSpaceEvery;
      later = std::min(later.value_or(look), look);
    }
    if (wants_space && wait->second == Wait::for_room) {
      return true;
    }
    const bool is_early = waiting.due > now && waiting.due <= latest;
    if (is_early && (wait == waits.end() || wants_space)) {
      later = std::min(later.value_or(waiting.due), waiting.due);
      return true;
    }
    candidate = Candidate{waiting.number, &kind->second};
    return false;
  }));
  if (later) {
    look_again_at(context_.on_clock(*later));
  }
  return candidate;
}

/// Renews leases in time, and wakes a worker when a paused job or another engine's lease becomes due.
void Engine::Impl::keep_time() {
  pthread_setname_np(pthread_self(), "job-time");
  std::unique_lock lock(mutex_);
  while (!timekeeper_ends_) {
    if (!next_renewal_ && !next_look_) {
      time_wanted_.wait(lock);
      continue;
    }
    const Time next = std::min(next_renewal_.value_or(Time::max()), next_look_.value_or(Time::max()));
    sleep_ = std::stop_source();
    const auto token = sleep_.get_token();
    lock.unlock();
    context_.clock.sleep_until(next, token);
    const Time now = context_.clock.now();
    lock.lock();
    if (next_look_ && now >= *next_look_) {
      next_look_.reset();
      wake_workers_locked();
    }
    if (next_renewal_ && now >= *next_renewal_) {
      if (running_.empty()) {
        next_renewal_.reset();
        continue;
      }
      next_renewal_ = now + options_.lease / 3;
      lock.unlock();
      contained([this] { renew_leases(); });
      lock.lock();
    }
  }
}

void Engine::Impl::renew_leases() {
  std::vector<std::shared_ptr<Live>> running;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, live] : running_) {
      running.push_back(live);
    }
  }
  std::vector<records::Held> held(running.size());
  const auto renewed = context_.database.write([&](store::Writer& writer) -> Result<> {
    for (std::size_t i = 0; i < running.size(); ++i) {
      TRY(held[i], records::renew(writer, running[i]->number, context_.holder(*running[i])));
    }
    return ok();
  });
  if (!renewed) {
    log::warning("jobs", "cannot renew leases: {}", renewed.error().cause());
    return;
  }
  for (std::size_t i = 0; i < running.size(); ++i) {
    running[i]->learn(held[i]);
  }
}

void Engine::Impl::wake_workers() {
  const std::lock_guard lock(mutex_);
  wake_workers_locked();
}

/// Wakes one worker of each crew: the kind of the work is known only after the search.
void Engine::Impl::wake_workers_locked() {
  for (auto& [kind, crew] : crews_) {
    crew.maybe_work = true;
    crew.wanted.notify_one();
  }
}

void Engine::Impl::look_again_at(Time time) {
  const std::lock_guard lock(mutex_);
  if (!next_look_ || time < *next_look_) {
    next_look_ = time;
    time_wanted_.notify_all();
    sleep_.request_stop();
  }
}

void Engine::Impl::remember(const std::shared_ptr<Live>& job) {
  const std::lock_guard lock(mutex_);
  running_[job->id] = job;
  if (!next_renewal_) {
    next_renewal_ = context_.clock.now() + options_.lease / 3;
    time_wanted_.notify_all();
    sleep_.request_stop();
  }
}

void Engine::Impl::forget(const Guid& id) {
  const std::lock_guard lock(mutex_);
  running_.erase(id);
}

void Engine::Impl::wake_waiters(const Guid& id) {
  const std::lock_guard lock(mutex_);
  for (auto& waiter : waiters_) {
    if (waiter.id == id) {
      waiter.ended.request_stop();
    }
  }
}

std::shared_ptr<Live> Engine::Impl::live(const Guid& id) {
  const std::lock_guard lock(mutex_);
  const auto at = running_.find(id);
  return at == running_.end() ? nullptr : at->second;
}

Result<Guid> Engine::Impl::create(store::Writer& writer, NewJob job) {
  Record record;
  record.id = random_.guid();
  record.kind = std::move(job.kind);
  record.subject = std::move(job.subject);
  record.parameters = std::move(job.parameters);
  record.created = context_.clock.now();
  record.updated = record.created;
  TRY(records::insert(writer, record));
  writer.notify(store::Topic::job, record.kind);
  return record.id;
}

Result<> Engine::Impl::request_cancel(store::Writer& writer, const Guid& id) {
  TRY(auto found, records::find(writer, id));
  if (!found) {
    return not_found("no job {}", id.text());
  }
  Record& record = found->record;
  if (is_final(record.state)) {
    return conflict("job {} has ended", id.text());
  }
  const Time now = context_.clock.now();
  const auto kind = kinds_.find(record.kind);
  if (found->leased || kind == kinds_.end()) {
    TRY(records::ask_to_cancel(writer, found->number, now));
  } else {
    record.state = State::cancelled;
    record.cancel_requested = true;
    record.reason = "";
    record.ended = now;
    record.updated = now;
    TRY(records::end_free(writer, *found));
    if (kind->second.ended) {
      TRY(kind->second.ended(writer, record));
    }
  }
  writer.notify(store::Topic::job_cancel, id.text());
  return ok();
}

void Engine::Impl::was_ended(std::string_view id) {
  if (const auto job = parse_guid(id)) {
    wake_waiters(job.value());
  }
}

void Engine::Impl::was_cancelled(std::string_view id) {
  const auto job = parse_guid(id);
  if (!job) {
    return;
  }
  if (const auto running = live(job.value())) {
    running->cancel = true;
  }
  {
    const std::lock_guard lock(context_.mutex);
    context_.short_of_space.erase(job.value());
  }
  wake_waiters(job.value());
}

/// The stored counts of a running job may be a second old.
void Engine::Impl::mix_in(Record& record) {
  if (record.state != State::running) {
    return;
  }
  if (const auto job = live(record.id)) {
    record.bytes_done = job->bytes_done;
    record.bytes_total = job->bytes_total;
  }
}

Result<Record> Engine::Impl::get(store::Reader& reader, const Guid& id) {
  TRY(auto found, records::find(reader, id));
  if (!found) {
    return not_found("no job {}", id.text());
  }
  mix_in(found->record);
  return std::move(found->record);
}

Result<std::vector<Record>> Engine::Impl::list(store::Reader& reader, std::string_view subject, std::size_t limit) {
  TRY(auto jobs, records::list(reader, subject, limit));
  for (auto& job : jobs) {
    mix_in(job);
  }
  return jobs;
}

Rate Engine::Impl::rate(const Guid& id) {
  const auto job = live(id);
  if (job == nullptr) {
    return {};
  }
  const std::lock_guard lock(job->mutex);
  return job->meter.rate(steady_seconds(), job->bytes_total);
}

Result<Record> Engine::Impl::wait(const Guid& id, Time deadline) {
  for (;;) {
    // Registered before the record is read, so that an end in between is not missed.
    std::list<Waiter>::iterator waiter;
    std::stop_token ended;
    {
      const std::lock_guard lock(mutex_);
      waiter = waiters_.insert(waiters_.end(), Waiter{id, {}});
      ended = waiter->ended.get_token();
    }
    std::optional<Record> record;
    const auto looked = context_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(record, get(reader, id));
      return ok();
    });
    const Time now = context_.clock.now();
    const bool enough = !looked || is_final(record->state) || now >= deadline || context_.draining;
    if (!enough) {
      context_.clock.sleep_until(std::min(deadline, now + options_.lease / 3), ended);
    }
    {
      const std::lock_guard lock(mutex_);
      waiters_.erase(waiter);
    }
    if (!looked) {
      return looked.error();
    }
    if (enough) {
      return std::move(*record);
    }
  }
}

Engine::Engine(store::Database& database, Clock& clock, RandomSource& random, Options options)
    : impl_(std::make_unique<Impl>(database, clock, random, options)) {}
Engine::~Engine() {
  drain();
}
void Engine::add(Kind kind) {
  impl_->add(std::move(kind));
}
std::map<std::string, std::vector<std::string>> Engine::kinds() const {
  return impl_->kinds();
}
void Engine::start() {
  impl_->start();
}
void Engine::drain() {
  impl_->drain();
}
Result<Guid> Engine::create(store::Writer& writer, NewJob job) {
  return impl_->create(writer, std::move(job));
}
Result<> Engine::request_cancel(store::Writer& writer, const Guid& id) {
  return impl_->request_cancel(writer, id);
}
Result<Record> Engine::get(store::Reader& reader, const Guid& id) {
  return impl_->get(reader, id);
}
Result<std::vector<Record>> Engine::list(store::Reader& reader, std::string_view subject, std::size_t limit) {
  return impl_->list(reader, subject, limit);
}
Rate Engine::rate(const Guid& id) {
  return impl_->rate(id);
}
Result<Record> Engine::wait(const Guid& id, Time deadline) {
  return impl_->wait(id, deadline);
}

}  // namespace quaymaster::jobs
