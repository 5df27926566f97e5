#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "jobs/rate_meter.h"
#include "jobs/records.h"

namespace quaymaster::jobs {

/// A job while it runs here: shared between its worker, the engine and writes in progress. Thread-safe.
struct Live {
  explicit Live(const records::Stored& stored)
      : id(stored.record.id),
        number(stored.number),
        token(stored.token),
        cancel(stored.record.cancel_requested),
        bytes_done(stored.record.bytes_done),
        bytes_total(stored.record.bytes_total) {}

  /// Takes over what the store returned for a row that only its holder may write.
  void learn(const records::Held& held) {
    if (!held) {
      lost = true;
    } else if (*held) {
      cancel = true;
    }
  }

  const Guid id;
  const std::int64_t number;
  const std::int64_t token;
  std::atomic<bool> cancel;       // cancel was requested
  std::atomic<bool> lost{false};  // another engine has the job now
  std::atomic<std::uint64_t> bytes_done;
  std::atomic<std::uint64_t> bytes_total;
  std::atomic<bool> storing{false};  // progress is being written to the store

  std::mutex mutex;
  RateMeter meter;         // guarded by mutex
  double last_stored = 0;  // guarded by mutex; steady seconds
};

/// What a paused job that ran out of space waits for, in addition to its delay.
struct Lack {
  bool of_any_room = false;  // waits for has_room regardless of its delay
  std::uint64_t had = 0;     // this much room was not enough: with more it need not wait for its delay
};

/// What all runs of an engine share.
struct RunContext {
  store::Database& database;
  Clock& clock;
  const Guid owner;
  const Ticks lease;
  const std::function<Result<>(const Record&, std::string_view)> before_step;
  const std::function<bool()> has_room;       // see Options
  const std::function<std::uint64_t()> room;  // see Options
  std::atomic<bool> draining{false};

  std::mutex mutex;
  std::map<Guid, Lack> short_of_space;  // guarded by mutex; paused jobs

  /// Leases are by the time of the store, which all engines share.
  records::Holder holder(const Live& job) const { return {owner, job.token, database.now() + lease}; }
  /// When this engine's clock will show what the store's shows at `time`.
  Time on_clock(Time time) const { return clock.now() + (time - database.now()); }
  /// Errc::no_space.
  Result<> expect_room() const {
    return !has_room || has_room() ? Result<>(ok()) : no_space("there is no room for more data");
  }
  std::uint64_t room_now() const { return room ? room() : 0; }
};

/// One attempt of one step: the Run passed to the step.
class StepRun final : public Run {
 public:
  StepRun(RunContext& context, std::shared_ptr<Live> live, const records::Stored& stored, bool adds_data);

  const Record& record() const override { return stored_.record; }
  std::string data() const override;
  Clock& clock() override { return context_.clock; }
  Result<> continue_or_cancel() override;
  bool cancel_requested() const override { return live_->cancel; }
  void progress(std::uint64_t bytes_done, std::uint64_t bytes_total) override;
  Result<> save(std::string data) override;
  Result<> save(std::string data, store::Database::Change change) override;
  Result<> hold(store::Writer& writer) override;

  /// Something was saved: the job makes progress.
  bool has_saved() const { return has_saved_; }
  /// How much room there was when the step began or last saved: not enough, if the step runs out of space.
  std::uint64_t room_had() const { return room_had_; }

 private:
  records::Stored now() const;  // the record with live counts but without data

  RunContext& context_;
  const std::shared_ptr<Live> live_;
  const records::Stored stored_;
  const bool adds_data_;
  std::atomic<bool> has_saved_{false};
  std::atomic<std::uint64_t> room_had_;
  std::mutex save_mutex_;  // keeps saves of several threads in order
  mutable std::mutex data_mutex_;
  std::string data_;
};

}  // namespace quaymaster::jobs
