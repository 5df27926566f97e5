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

/// The progress of a capture or a restore. A total is 0 while it is unknown and may grow while a source is still being
/// measured. Skipped data (unchanged or a hole) counts as done.
struct Progress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::uint64_t items_done = 0;  // files, directories, …; a disk counts as one
  std::uint64_t items_total = 0;
};

/// Called every few megabytes or hundred items, from one thread at a time but not always the same one. An error it
/// returns (Errc::cancelled) ends the work cleanly and is its result. May be empty.
using Heartbeat = std::function<Result<>(const Progress&)>;

/// A problem that did not stop the work: a file that could not be read, a name that was taken.
struct Warning {
  std::string item;  // path relative to the source or target, raw bytes: may contain anything but NUL
  Errc kind;
  std::string what;  // for people; contains no path outside the source or target
};

/// A bounded list of warnings, and the total number. Thread-safe.
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

/// Sums up the progress of many threads and calls the heartbeat now and then. Thread-safe.
class Meter {
 public:
  explicit Meter(Heartbeat heartbeat) : heartbeat_(std::move(heartbeat)) {}
  void expect(std::uint64_t bytes, std::uint64_t items);  // adds to the totals
  /// Returns the heartbeat's last result; after an error always that error.
  Result<> advance(std::uint64_t bytes, std::uint64_t items);
  /// The heartbeat's error, if any.
  Result<> stopped();
  /// Calls the heartbeat with the final numbers; corrects totals that were not reached.
  Result<> finish();

 private:
  Result<> tell();

  const Heartbeat heartbeat_;
  std::atomic<std::uint64_t> bytes_done_{0};
  std::atomic<std::uint64_t> bytes_total_{0};
  std::atomic<std::uint64_t> items_done_{0};
  std::atomic<std::uint64_t> items_total_{0};
  std::atomic<std::uint64_t> reported_{0};  // steps at the last call of the heartbeat
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace quaymaster::workload
