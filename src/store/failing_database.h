#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "store/database.h"

namespace quaymaster::store {

/// A database for fail-count tests in one process: counts reads and changes and lets chosen ones fail, as a full disk
/// or a failing device would. What fails does nothing. Thread-safe.
///
///   for (int n = 0;; ++n) { database.fail_from_now(n, Errc::no_space); run(); if (!database.has_failed()) break; … }
///
/// die() is the end of the process as the records see it: nothing is read or written any more. See DyingDatabase for a
/// last change that takes place and is reported as failed.
class FailingDatabase final : public Database {
 public:
  /// Which operations are counted and fail.
  enum class Only { everything, changes };

  explicit FailingDatabase(Database& real) : real_(real) {}

  /// Counts from 0 again: the n-th operation from now, and with `from_then_on` every later one, fails with `kind`.
  void fail_from_now(int fail_at, Errc kind, bool from_then_on = false, Only only = Only::everything) {
    fail_at_ = -1;  // while the rest changes
    next_ = 0;
    failed_ = false;
    kind_ = kind;
    from_then_on_ = from_then_on;
    only_ = only;
    fail_at_ = fail_at;
  }
  void heal() { fail_from_now(-1, Errc::io); }
  void die() { fail_from_now(0, Errc::io, true); }
  bool has_failed() const { return failed_; }

  Result<> read(const std::function<Result<>(Reader&)>& look) override {
    if (only_ == Only::everything) {
      TRY(step());
    }
    return real_.read(look);
  }
  void submit(Change change, Done done) override {
    if (auto failed = step(); !failed) {
      done(std::move(failed).error());
      return;
    }
    real_.submit(std::move(change), std::move(done));
  }
  Statistics statistics() const override { return real_.statistics(); }

 private:
  Result<> step() {
    const int at = next_.fetch_add(1);
    const int first = fail_at_;
    if (first >= 0 && (at == first || (from_then_on_ && at > first))) {
      failed_ = true;
      return Error(kind_, fmt::format("record operation {} fails as ordered", at));
    }
    return ok();
  }

  Database& real_;
  std::atomic<int> next_{0};
  std::atomic<int> fail_at_{-1};
  std::atomic<bool> failed_{false};
  std::atomic<bool> from_then_on_{false};
  std::atomic<Errc> kind_{Errc::io};
  std::atomic<Only> only_{Only::everything};
};

}  // namespace quaymaster::store
