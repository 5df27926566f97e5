#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "http/message.h"
#include "jobs/engine.h"
#include "wire/field.h"

namespace quaymaster::standin {

/// Which requests a fault applies to. Absent: any.
struct RequestMatch {
  std::optional<std::string> method;
  std::optional<std::string> path;  // without case; "*" stands for any characters
  static constexpr auto wire() {
    return wire::fields({wire::field<&RequestMatch::method>("method"), wire::field<&RequestMatch::path>("path")});
  }
};

/// Which step of a job a fault applies to; it happens just before the step would run.
struct StepMatch {
  std::string kind;                 // "Backup", "import" …: kind of the engine's job, without case
  std::optional<std::string> step;  // absent: the first step to run
  static constexpr auto wire() {
    return wire::fields({wire::field<&StepMatch::kind>("kind").required(), wire::field<&StepMatch::step>("step")});
  }
};

/// Which drive a fault applies to, each time its import begins to read it.
struct DriveMatch {
  std::string id;                     // without case
  std::optional<std::int64_t> block;  // from 0: 4 MiB of its files' bytes, in the order in which they are read
  bool unreadable = false;            // reading the block fails; otherwise its bytes are altered
  std::optional<double> unplug_at;    // percent of its bytes read until the drive disappears
  static constexpr auto wire() {
    using wire::field;
    using M = DriveMatch;
    return wire::fields({field<&M::id>("id").required(), field<&M::block>("block"), field<&M::unreadable>("unreadable"),
                         field<&M::unplug_at>("unplugAt")});
  }
};

/// One ordered failure. It has exactly one of `request`, `step` and `drive`. A request is answered with `status`,
/// delayed, or cut; with a delay alone it proceeds afterwards. A step's job fails with `code` and `message`, or the
/// process is killed.
struct Fault {
  std::string name;
  std::optional<RequestMatch> request;
  std::optional<StepMatch> step;
  std::optional<DriveMatch> drive;
  std::optional<std::int64_t> status;
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::optional<std::int64_t> retry_after;  // seconds
  std::optional<std::int64_t> delay_milliseconds;
  bool cut = false;
  bool kill = false;
  std::int64_t skip = 0;   // the number of matches to let pass first
  std::int64_t times = 1;  // the number of times the fault happens; then it is spent
  double probability = 1;  // that a match is hit, drawn from `seed`
  std::int64_t seed = 0;
  std::int64_t met = 0;  // so far

  static constexpr auto wire() {
    using wire::field;
    using F = Fault;
    return wire::fields(
        {field<&F::name>("name").required(), field<&F::request>("request"), field<&F::step>("step"),
         field<&F::drive>("drive"), field<&F::status>("status"), field<&F::code>("code"), field<&F::message>("message"),
         field<&F::retry_after>("retryAfter"), field<&F::delay_milliseconds>("delayMilliseconds"),
         field<&F::cut>("cut"), field<&F::kill>("kill"), field<&F::skip>("skip"), field<&F::times>("times"),
         field<&F::probability>("probability"), field<&F::seed>("seed"), field<&F::met>("met").read_only()});
  }
};

/// Ordered failures. If several match, the oldest is used. The same requests in the same order have the same result in
/// every run: random numbers come only from the faults' own seeds. Thread-safe.
class Faults {
 public:
  /// Sets the existing kinds of jobs, each with its steps. From then on a fault of another kind or step is refused: it
  /// would never happen, and a test with a misspelled fault would pass.
  void know(std::map<std::string, std::vector<std::string>> jobs);
  /// Errc::conflict: the name is taken. Errc::invalid: names the member and the reason.
  Result<> add(Fault fault);
  /// In order, including the spent ones.
  std::vector<Fault> list() const;
  /// Errc::not_found.
  Result<> remove(std::string_view name);
  void clear();

  /// The fault that applies to this request, as a copy.
  std::optional<Fault> meet(const http::Request& request);
  /// The faults of a drive whose import begins to read it.
  std::vector<DriveMatch> meet_drive(std::string_view id);
  /// For jobs::Options::before_step. Does not return when the fault kills the process.
  Result<> before_step(const jobs::Record& job, std::string_view step);

 private:
  struct Entry {
    Fault fault;
    std::mt19937_64 random;
  };
  bool takes(Entry& entry);

  mutable std::mutex mutex_;
  std::list<Entry> entries_;
  std::map<std::string, std::vector<std::string>> jobs_;  // empty: not set
  // Rows of errors have static storage everywhere else; these live as long as the stand-in.
  std::deque<std::pair<std::string, ErrorRow>> rows_;
};

/// Does `text` match `pattern`, without case, with "*" standing for any characters?
bool matches(std::string_view pattern, std::string_view text);

/// Wraps a face and applies the faults to its requests.
class FaultyFace final : public http::Handler {
 public:
  enum class Errors { json, xml };
  /// `errors`: the format in which the face's clients read a refusal.
  FaultyFace(http::Handler& inner, Faults& faults, Errors errors = Errors::json)
      : inner_(inner), faults_(faults), errors_(errors) {}
  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;
  http::Reply refuse(const http::Request& request, int status, std::string_view cause) override {
    return inner_.refuse(request, status, cause);
  }

 private:
  http::Handler& inner_;
  Faults& faults_;
  Errors errors_;
};

}  // namespace quaymaster::standin
