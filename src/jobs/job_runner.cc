#include "jobs/job_runner.h"

#include <algorithm>

#include "base/caught.h"
#include "base/log.h"

namespace quaymaster::jobs {
namespace {

constexpr Ticks kFirstDelay = std::chrono::seconds{1};

// The reason shown for a step that threw; it has no code, since no provider published one.
constexpr ErrorRow kThrew{500, "",
                          "The server encountered an internal error in this job. Its log has the cause under the job's "
                          "id. Start the operation again."};
// Of a job that another version of the server began.
constexpr ErrorRow kStepGone{500, "",
                             "Another version of the server began this job. Its next step, '{}', is not part of it in "
                             "this version. Start the operation again."};
constexpr ErrorRow kOutOfMemory{503, "", "The server is short of memory. The job resumes when memory is free."};

Ticks delay_after(int pauses) {
  return std::min(kLongestDelay, kFirstDelay * (1 << std::min(pauses, 6)));
}

bool passes(const Error& error) {
  return error.kind() == Errc::no_space || error.kind() == Errc::busy;
}

/// A reason that is safe for clients. A cause may contain paths and keys; without a published text the kind must
/// suffice.
std::string published_reason(const Error& error) {
  if (error.published() != nullptr) {
    return error.published()->message;
  }
  switch (error.kind()) {
    case Errc::no_space:
      return "There is no space left on the server. The job resumes when space has been freed.";
    case Errc::busy:
      return "A resource that the job needs is in use. The job resumes when it is free.";
    case Errc::not_found:
      return "Something that the job needs no longer exists.";
    case Errc::corrupt:
      return "Data that the job read is damaged.";
    case Errc::forbidden:
    case Errc::unauthenticated:
      return "The server was refused access to something that the job needs.";
    case Errc::io:
      return "A device failed.";
    case Errc::too_large:
    case Errc::unsupported:
    case Errc::invalid:
    case Errc::conflict:
    case Errc::precondition:
    case Errc::cancelled:
      break;
  }
  return "The job could not be carried out.";
}

std::string published_code(const Error& error) {
  return error.published() == nullptr ? std::string() : std::string(error.published()->row->code);
}

}  // namespace

JobRunner::JobRunner(RunContext& context, std::stop_token draining, const Kind& kind, std::shared_ptr<Live> live,
                     records::Stored stored)
    : context_(context), draining_(std::move(draining)), kind_(kind), live_(std::move(live)), job_(std::move(stored)) {}

std::optional<Time> JobRunner::run() {
  for (;;) {
    Record& r = job_.record;
    if (live_->lost) {
      return std::nullopt;
    }
    // What is done is done: a cancel that comes after the last step is too late.
    if (r.step == "") {
      return end(State::succeeded, "", "");
    }
    if (live_->cancel) {
      return end(State::cancelled, "", "");
    }
    if (context_.draining) {
      give_back();
      return std::nullopt;
    }
    const auto step = std::ranges::find(kind_.steps, *r.step, &Step::name);
    if (step == kind_.steps.end()) {
      const auto gone = refuse(Errc::conflict, kStepGone, *r.step);
      log::error("jobs", "{} {}: {}", kind_.name, r.id.text(), gone.cause());
      return settle(gone);
    }
    const auto outcome = run_step(*step);
    if (!outcome) {
      return settle(outcome.error());
    }
    const auto next = std::next(step);
    r.step = next == kind_.steps.end() ? std::string() : std::string(next->name);
    job_.pauses = 0;
    // The last step is recorded with the end.
    if (next != kind_.steps.end()) {
      r.attempts = 1;
      if (!record(true, {})) {
        return std::nullopt;
      }
    }
  }
}

Result<> JobRunner::run_step(const Step& step) {
  StepRun run(context_, live_, job_, step.adds_data);
  auto outcome = [&]() -> Result<> {
    try {
      if (context_.before_step) {
        TRY(context_.before_step(job_.record, step.name));
      }
      if (step.adds_data) {
        TRY(context_.expect_room());
      }
      return step.run(run);
    } catch (...) {
      auto error = escaped_error();
      const auto& row = error.kind() == Errc::busy ? kOutOfMemory : kThrew;
      return std::move(error).as(row);
    }
  }();
  job_.record.data = run.data();
  job_.record.bytes_done = live_->bytes_done;
  job_.record.bytes_total = live_->bytes_total;
  job_.record.cancel_requested = live_->cancel;
  room_had_ = run.room_had();
  if (run.has_saved()) {
    job_.pauses = 0;
  }
  if (!outcome && outcome.error().kind() != Errc::cancelled) {
    log::warning("jobs", "{} {}: step {}, attempt {}: {}: {}", kind_.name, job_.record.id.text(), step.name,
                 job_.record.attempts, name(outcome.error().kind()), outcome.error().cause());
  }
  return outcome;
}

std::optional<Time> JobRunner::settle(const Error& error) {
  if (live_->lost) {
    return std::nullopt;
  }
  if (error.kind() == Errc::cancelled) {
    if (context_.draining && !live_->cancel) {
      give_back();
      return std::nullopt;
    }
    return end(State::cancelled, "", "");
  }
  if (!passes(error)) {
    return end(State::failed, published_reason(error), published_code(error));
  }
  if (live_->cancel) {
    return end(State::cancelled, "", "");
  }
  return pause(error);
}

std::optional<Time> JobRunner::pause(const Error& error) {
  Record& r = job_.record;
  r.state = State::paused;
  r.reason = published_reason(error);
  r.error_code = "";
  r.ended.reset();
  // When there is no room here, the engine checks every second, and retrying before that is useless.
  const bool no_room = error.kind() == Errc::no_space && !context_.expect_room();
  const auto due = context_.database.now() + (no_room ? kLookForSpaceEvery : delay_after(job_.pauses));
  job_.pauses += no_room ? 0 : 1;
  if (error.kind() == Errc::no_space && (no_room || context_.room)) {
    const std::lock_guard lock(context_.mutex);
    context_.short_of_space[r.id] = Lack{no_room, room_had_};
  }
  if (!record(false, due)) {
    return std::nullopt;
  }
  return context_.on_clock(due);
}

void JobRunner::give_back() {
  job_.record.state = State::queued;
  record(false, context_.database.now());
}

std::optional<Time> JobRunner::end(State state, std::string reason, std::string error_code) {
  Record& r = job_.record;
  r.state = state;
  r.reason = std::move(reason);
  r.error_code = std::move(error_code);
  r.ended = context_.clock.now();
  bool with_hook = kind_.ended != nullptr;
  for (;;) {
    std::optional<Error> refused;
    const bool recorded = insist([&]() -> Result<> {
      bool hook_refused = false;
      auto ended = try_to_end(with_hook, hook_refused);
      if (!ended && hook_refused) {
        refused = ended.error();
        return ok();
      }
      return ended;
    });
    if (!recorded || !refused) {
      return std::nullopt;
    }
    log::error("jobs", "{} {}: cannot record the end: {}", kind_.name, r.id.text(), refused->cause());
    if (passes(*refused)) {
      return pause(*refused);
    }
    // If the hook keeps failing, end the job without it rather than leave it in progress forever.
    with_hook = r.state != State::failed;
    r.state = State::failed;
    r.reason = published_reason(*refused);
    r.error_code = published_code(*refused);
  }
}

Result<> JobRunner::try_to_end(bool with_hook, bool& hook_refused) {
  job_.record.updated = context_.clock.now();
  records::Held held;
  auto ended = context_.database.write([&](store::Writer& writer) -> Result<> {
    hook_refused = false;
    TRY(held, records::write_all(writer, job_, {context_.owner, live_->token, context_.database.now()}, false));
    if (!held) {
      return cancelled("another engine has the job now");
    }
    job_.record.cancel_requested = *held;
    writer.notify(store::Topic::job_end, job_.record.id.text());
    if (!with_hook) {
      return ok();
    }
    auto acted = caught([&] { return kind_.ended(writer, job_.record); });
    hook_refused = !acted;
    return acted;
  });
  if (!ended && !hook_refused && ended.error().kind() == Errc::cancelled) {
    live_->lost = true;
  }
  return ended;
}

/// Writes the job as it is now. False: not written, because the engine drains or another one holds the job.
bool JobRunner::record(bool keep, Time due) {
  return insist([&]() -> Result<> {
           job_.record.updated = context_.clock.now();
           records::Held held;
           TRY(context_.database.write([&](store::Writer& writer) -> Result<> {
             const auto holder = keep ? context_.holder(*live_) : records::Holder{context_.owner, live_->token, due};
             TRY(held, records::write_all(writer, job_, holder, keep));
             return ok();
           }));
           live_->learn(held);
           return ok();
         }) &&
         !live_->lost;
}

/// A record that cannot be written now, because the disk is full or fails, is written later: the job stays held, and
/// after a restart it continues from its last record.
bool JobRunner::insist(const std::function<Result<>()>& write) {
  for (int tries = 0;; ++tries) {
    const auto written = write();
    if (written) {
      return true;
    }
    if (live_->lost) {
      return false;
    }
    log::warning("jobs", "{} {}: cannot record the state: {}", kind_.name, job_.record.id.text(),
                 written.error().cause());
    const bool is_full = written.error().kind() == Errc::no_space;
    if (!context_.clock.sleep_for(is_full ? kLookForSpaceEvery : delay_after(tries), draining_)) {
      return false;
    }
  }
}

}  // namespace quaymaster::jobs
