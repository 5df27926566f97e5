#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace quaymaster::workload {

/// How far a capture or a restore is. A total is 0 while nothing is known about it and may grow while a source is still
/// being measured. What is skipped because it is unchanged or a hole counts as done.
struct Progress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::uint64_t items_done = 0;  // files, directories, …; a disk is one
  std::uint64_t items_total = 0;
};

/// Told how far the work is, from one thread at a time but not always the same one, every few megabytes or hundred
/// items. An error it answers (Errc::cancelled) ends the work cleanly and is the work's result. May be empty.
using Heartbeat = std::function<Result<>(const Progress&)>;

/// Something that did not stop the work: a file that could not be read, a name that was taken.
struct Warning {
  std::string item;  // path relative to the source or target, raw bytes: it may hold anything but NUL
  Errc kind;
  std::string what;  // for people; names no path outside the source or target
};

/// A bounded list of warnings, and how many there were. Thread-safe.
class Warnings {
 public:
  static constexpr std::size_t kMostListed = 1000;
  void add(std::string item, Errc kind, std::string what);
  void add(std::string item, const Error& error) { add(std::move(item), error.kind(), error.cause()); }
  std::uint64_t count() const;
  std::vector<Warning> listed() const;  // the first ones, at most kMostListed

 private:
  mutable std::mutex mutex_;
  std::vector<Warning> listed_;
  std::uint64_t count_ = 0;
};

/// Adds up what many threads do and calls the heartbeat now and then. Thread-safe.
class Meter {
 public:
  explicit Meter(Heartbeat heartbeat) : heartbeat_(std::move(heartbeat)) {}
  void expect(std::uint64_t bytes, std::uint64_t items);  // adds to the totals
  /// Answers what the heartbeat answered last: after an error always that.
  Result<> advance(std::uint64_t bytes, std::uint64_t items);
  /// The heartbeat's error, if it answered one.
  Result<> stopped();
  /// Calls the heartbeat with the final numbers; what was expected and did not come is taken back.
  Result<> finish();

 private:
  Result<> tell();

  const Heartbeat heartbeat_;
  std::atomic<std::uint64_t> bytes_done_{0};
  std::atomic<std::uint64_t> bytes_total_{0};
  std::atomic<std::uint64_t> items_done_{0};
  std::atomic<std::uint64_t> items_total_{0};
  std::atomic<std::uint64_t> told_{0};  // steps when the heartbeat was called last
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace quaymaster::workload
