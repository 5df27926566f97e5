#include "jobs/step_run.h"

namespace quaymaster::jobs {
namespace {

constexpr double kSecondsBetweenStores = 1;

Error lost_error() {
  return cancelled("another engine has the job now");
}

}  // namespace

StepRun::StepRun(RunContext& context, std::shared_ptr<Live> live, const records::Stored& stored, bool adds_data)
    : context_(context),
      live_(std::move(live)),
      stored_(stored),
      adds_data_(adds_data),
      room_had_(context.room_now()),
      data_(stored.record.data) {}

std::string StepRun::data() const {
  const std::lock_guard lock(data_mutex_);
  return data_;
}

Result<> StepRun::continue_or_cancel() {
  if (live_->lost) {
    return lost_error();
  }
  if (live_->cancel) {
    return cancelled("the job was cancelled");
  }
  if (context_.draining) {
    return cancelled("the server is draining");
  }
  return adds_data_ ? context_.expect_room() : Result<>(ok());
}

void StepRun::progress(std::uint64_t bytes_done, std::uint64_t bytes_total) {
  live_->bytes_done = bytes_done;
  live_->bytes_total = bytes_total;
  const double now_steady = steady_seconds();
  {
    const std::lock_guard lock(live_->mutex);
    live_->meter.report(now_steady, bytes_done);
    if (live_->last_stored == 0) {
      live_->last_stored = now_steady;  // the claim stored the first one
    }
    if (now_steady - live_->last_stored < kSecondsBetweenStores || live_->storing.exchange(true)) {
      return;
    }
    live_->last_stored = now_steady;
  }
  auto held = std::make_shared<records::Held>();
  context_.database.submit(
      [job = now(), holder = context_.holder(*live_), held](store::Writer& writer) -> Result<> {
        TRY(*held, records::write_progress(writer, job, holder));
        return ok();
      },
      [live = live_, held](Result<> result) {
        // A failure need not be reported: the next save or step fails in the same way and reports it.
        if (result) {
          live->learn(*held);
        }
        live->storing = false;
      });
}

Result<> StepRun::save(std::string data) {
  return save(std::move(data), {});
}

Result<> StepRun::save(std::string data, store::Database::Change change) {
  const std::lock_guard save_lock(save_mutex_);
  auto job = now();
  job.record.data = std::move(data);
  records::Held held;
  bool asked = false;
  auto saved = context_.database.write([&](store::Writer& writer) -> Result<> {
    held = {};
    asked = false;
    TRY(held, records::write_data(writer, job, context_.holder(*live_)));
    asked = true;
    if (!held) {
      return lost_error();
    }
    return change ? change(writer) : Result<>(ok());
  });
  if (asked && (saved || !held)) {
    live_->learn(held);
  }
  if (saved) {
    has_saved_ = true;
    room_had_ = context_.room_now();
    const std::lock_guard lock(data_mutex_);
    data_ = std::move(job.record.data);
  }
  return saved;
}

Result<> StepRun::hold(store::Writer& writer) {
  TRY(const bool is_held, records::holds(writer, live_->number, context_.holder(*live_)));
  return is_held ? Result<>(ok()) : lost_error();
}

records::Stored StepRun::now() const {
  records::Stored job;
  job.number = live_->number;
  job.record.bytes_done = live_->bytes_done;
  job.record.bytes_total = live_->bytes_total;
  job.record.updated = context_.clock.now();
  return job;
}

}  // namespace quaymaster::jobs
