#include "standin/faults.h"

#include <unistd.h>
#include <csignal>

#include <algorithm>

#include "base/encode.h"
#include "base/log.h"
#include "drive/manifest/drive_id.h"
#include "http/pause.h"
#include "wire/json.h"
#include "wire/xml_writer.h"

namespace quaymaster::standin {
namespace {

constexpr std::size_t kMostDropped = kMiB;
constexpr std::int64_t kLongestDelay = 600'000;  // ten minutes: longer than any client waits

/// The first rule that the fault violates, as a sentence; empty when it is valid.
std::string flaw_of(const Fault& fault) {
  if (fault.name.empty() || fault.name.size() > 100) {
    return "'name' needs 1 to 100 characters";
  }
  if (fault.request.has_value() + fault.step.has_value() + fault.drive.has_value() != 1) {
    return "a fault has one of 'request', 'step' and 'drive'";
  }
  if (fault.times < 1 || fault.skip < 0) {
    return "'times' is at least 1 and 'skip' at least 0";
  }
  if (!(fault.probability > 0 && fault.probability <= 1)) {
    return "'probability' is above 0 and at most 1";
  }
  const bool of_requests = fault.status || fault.retry_after || fault.delay_milliseconds || fault.cut;
  if (fault.drive) {
    const auto& drive = *fault.drive;
    if (of_requests || fault.kill || fault.code || fault.message) {
      return "a fault of a drive is described by 'drive' alone";
    }
    if (drive.block.has_value() == drive.unplug_at.has_value() || (drive.unreadable && !drive.block)) {
      return "a drive has either a bad 'block' or 'unplugAt'";
    }
    return drive.block.value_or(0) >= 0 && drive.unplug_at.value_or(0) >= 0 && drive.unplug_at.value_or(0) <= 100
               ? ""
               : "'block' is at least 0, 'unplugAt' 0 to 100 percent";
  }
  if (fault.step) {
    if (of_requests) {
      return "'status', 'retryAfter', 'delayMilliseconds' and 'cut' belong to requests; a step has 'code' or 'kill'";
    }
    return fault.kill != fault.code.has_value() ? "" : "a step either fails with 'code' or has 'kill'";
  }
  if (fault.kill) {
    return "'kill' belongs to steps";
  }
  if (fault.status && (*fault.status < 400 || *fault.status > 599)) {
    return "'status' is 400 to 599";
  }
  if (fault.delay_milliseconds && (*fault.delay_milliseconds < 1 || *fault.delay_milliseconds > kLongestDelay)) {
    return "'delayMilliseconds' is 1 to 600000";
  }
  if (fault.cut ? fault.status.has_value() : !fault.status && !fault.delay_milliseconds) {
    return "a request is answered with 'status', cut, or delayed";
  }
  return "";
}

/// Announces a byte and never sends it: the connection ends in the middle of the answer.
class CutSource final : public http::Source {
 public:
  http::Task<Result<Bytes>> next() override { co_return io("cut as ordered"); }
};

http::Reply answer_of(const Fault& fault, FaultyFace::Errors errors) {
  http::Reply reply;
  reply.operation = "fault";
  reply.cause = fmt::format("as ordered by the fault '{}'", fault.name);
  if (fault.cut) {
    reply.source = std::make_unique<CutSource>();
    reply.length = 1;
    reply.close = true;
    return reply;
  }
  reply.status = static_cast<int>(*fault.status);
  if (fault.retry_after) {
    reply.headers.add("Retry-After", std::to_string(*fault.retry_after));
  }
  const auto code = fault.code.value_or(reply.status == 429 ? "TooManyRequests" : "InternalServerError");
  reply.headers.add("x-ms-error-code", code);
  const auto message = fault.message.value_or("This response was ordered.");
  if (errors == FaultyFace::Errors::xml) {
    reply.headers.add("Content-Type", "application/xml");
    reply.body = R"(<?xml version="1.0" encoding="utf-8"?><Error><Code>)";
    wire::append_xml_text(reply.body, code);
    reply.body += "</Code><Message>";
    wire::append_xml_text(reply.body, message);
    reply.body += "</Message></Error>";
    return reply;
  }
  reply.headers.add("Content-Type", "application/json; charset=utf-8");
  reply.body = R"({"error":{"code":)";
  wire::append_json_string(reply.body, code);
  reply.body += R"(,"message":)";
  wire::append_json_string(reply.body, message);
  reply.body += "}}";
  return reply;
}

/// Is there a job of that kind, with that step?
Result<> check_step(const std::map<std::string, std::vector<std::string>>& jobs, const StepMatch& requested) {
  std::vector<std::string_view> kinds;
  for (const auto& [kind, steps] : jobs) {
    kinds.push_back(kind);
    if (!equal_ignoring_case(kind, requested.kind)) {
      continue;
    }
    const auto is_it = [&](const std::string& step) { return equal_ignoring_case(step, *requested.step); };
    if (requested.step && std::ranges::none_of(steps, is_it)) {
      return invalid("jobs of the kind '{}' have no step '{}', but {}", kind, *requested.step, fmt::join(steps, ", "));
    }
    return ok();
  }
  return invalid("there are no jobs of the kind '{}', but {}", requested.kind, fmt::join(kinds, ", "));
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  // The usual algorithm: remember the last star and let it match one more character whenever the rest does not fit.
  std::size_t p = 0;
  std::size_t t = 0;
  auto star = std::string_view::npos;
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && equal_ignoring_case(pattern.substr(p, 1), text.substr(t, 1))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void Faults::know(std::map<std::string, std::vector<std::string>> jobs) {
  const std::lock_guard lock(mutex_);
  jobs_ = std::move(jobs);
}

Result<> Faults::add(Fault fault) {
  if (const auto flaw = flaw_of(fault); !flaw.empty()) {
    return invalid("{}", flaw);
  }
  fault.met = 0;
  const std::lock_guard lock(mutex_);
  if (fault.step && !jobs_.empty()) {
    TRY(check_step(jobs_, *fault.step));
  }
  if (std::ranges::any_of(entries_, [&](const Entry& one) { return one.fault.name == fault.name; })) {
    return conflict("there is a fault named '{}' already; remove it first", fault.name);
  }
  const auto seed = static_cast<std::uint64_t>(fault.seed);
  entries_.push_back({std::move(fault), std::mt19937_64(seed)});
  return ok();
}

std::vector<Fault> Faults::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Fault> all;
  for (const auto& entry : entries_) {
    all.push_back(entry.fault);
  }
  return all;
}

Result<> Faults::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(entries_, [&](const Entry& one) { return one.fault.name == name; }) > 0
             ? ok()
             : Result<>(not_found("there is no fault named '{}'", name));
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

bool Faults::takes(Entry& entry) {
  auto& fault = entry.fault;
  if (fault.met >= fault.times) {
    return false;
  }
  if (fault.skip > 0) {
    fault.skip -= 1;
    return false;
  }
  // 53 bits, the precision of a double: the same on every machine, which std::uniform_real_distribution does not
  // guarantee.
  if (static_cast<double>(entry.random() >> 11) * 0x1.0p-53 >= fault.probability) {
    return false;
  }
  fault.met += 1;
  return true;
}

std::optional<Fault> Faults::meet(const http::Request& request) {
  const std::lock_guard lock(mutex_);
  for (auto& entry : entries_) {
    const auto& match = entry.fault.request;
    if (match && (!match->method || equal_ignoring_case(*match->method, request.method_text)) &&
        (!match->path || matches(*match->path, request.raw_path)) && takes(entry)) {
      return entry.fault;
    }
  }
  return std::nullopt;
}

std::vector<DriveMatch> Faults::meet_drive(std::string_view id) {
  std::vector<DriveMatch> met;
  const std::lock_guard lock(mutex_);
  for (auto& entry : entries_) {
    if (entry.fault.drive && drive::same_drive_id(entry.fault.drive->id, id) && takes(entry)) {
      met.push_back(*entry.fault.drive);
    }
  }
  return met;
}

Result<> Faults::before_step(const jobs::Record& job, std::string_view step) {
  const std::lock_guard lock(mutex_);
  for (auto& entry : entries_) {
    const auto& match = entry.fault.step;
    if (!match || !equal_ignoring_case(match->kind, job.kind) ||
        (match->step && !equal_ignoring_case(*match->step, step)) || !takes(entry)) {
      continue;
    }
    if (entry.fault.kill) {
      log::warning("standin", "the fault '{}' kills the process", entry.fault.name);
      ::kill(::getpid(), SIGKILL);
      ::pause();
    }
    // A view into the string next to it: a deque does not move its elements.
    rows_.emplace_back(*entry.fault.code, ErrorRow{400, {}, "{}"});
    auto& [code, row] = rows_.back();
    row.code = code;
    return refuse(Errc::invalid, row, entry.fault.message.value_or("This failure was ordered."));
  }
  return ok();
}

http::Task<http::Reply> FaultyFace::handle(http::Request& request, http::Body& body) {
  const auto fault = faults_.meet(request);
  if (fault) {
    if (fault->delay_milliseconds) {
      co_await http::pause(std::chrono::milliseconds{*fault->delay_milliseconds});
    }
    if (fault->status || fault->cut) {
      static_cast<void>(
          co_await http::read_all(body, kMostDropped));  // otherwise a client that closes last would wait for us
      co_return answer_of(*fault, errors_);
    }
  }
  co_return co_await inner_.handle(request, body);
}

}  // namespace quaymaster::standin
