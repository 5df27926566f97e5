#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "testing/store/forwarding_database.h"

namespace quaymaster::store {

/// A database for fail-count tests in one process: counts reads and changes and makes chosen ones fail, as a full disk
/// or a failing device would. A failing operation does nothing. Thread-safe.
///
///   for (int n = 0;; ++n) { database.fail_from_now(n, Errc::no_space); run(); if (!database.has_failed()) break; … }
///
/// die() ends the process from the records' point of view: nothing is read or written any more.
class FailingDatabase final : public ForwardingDatabase {
 public:
  /// Which operations are counted and fail.
  enum class Only { everything, changes };

  using ForwardingDatabase::ForwardingDatabase;

  /// Restarts the count: the n-th operation from now, and with `from_then_on` every later one, fails with `kind`.
  void fail_from_now(int fail_at, Errc kind, bool from_then_on = false, Only only = Only::everything) {
    fail_at_ = -1;  // none while the other members change
    next_ = 0;
    failed_ = false;
    kind_ = kind;
    from_then_on_ = from_then_on;
    only_ = only;
    keeps_last_ = false;
    fail_at_ = fail_at;
  }
  void heal() {
    fail_from_now(-1, Errc::io);
    is_dead_ = {};
  }
  void die() { fail_from_now(0, Errc::io, true); }
  /// The process dies at the n-th change from now. `keeps_last`: that change takes effect but is reported as failed,
  /// which a Database may do when the process dies before the next one.
  void die_at(int change, bool keeps_last) {
    fail_from_now(change, Errc::io, true, Only::changes);
    keeps_last_ = keeps_last;
  }
  /// Nothing is read or written any more once `is_dead` returns true. Set it while the database is idle.
  void die_when(std::function<bool()> is_dead) { is_dead_ = std::move(is_dead); }
  bool has_failed() const { return failed_; }

  Result<> read(const std::function<Result<>(Reader&)>& look) override {
    if (only_ == Only::everything) {
      TRY(step());
    }
    return real().read(look);
  }

 private:
  void enqueue(Keys keys, Change change, Done done) override {
    if (auto failed = step(); !failed) {
      if (keeps_last_.exchange(false)) {
        real().submit(std::move(keys), std::move(change),
                      [done = std::move(done), error = std::move(failed).error()](Result<>) mutable { done(error); });
      } else {
        done(std::move(failed).error());
      }
      return;
    }
    real().submit(std::move(keys), std::move(change), std::move(done));
  }

  Result<> step() {
    if (is_dead_ && is_dead_()) {
      return io("the process is dead");
    }
    const int at = next_.fetch_add(1);
    const int first = fail_at_;
    if (first >= 0 && (at == first || (from_then_on_ && at > first))) {
      failed_ = true;
      return Error(kind_, fmt::format("record operation {} fails as ordered", at));
    }
    return ok();
  }

  std::atomic<int> next_{0};
  std::atomic<int> fail_at_{-1};
  std::atomic<bool> failed_{false};
  std::atomic<bool> from_then_on_{false};
  std::atomic<bool> keeps_last_{false};
  std::atomic<Errc> kind_{Errc::io};
  std::atomic<Only> only_{Only::everything};
  std::function<bool()> is_dead_;
};

}  // namespace quaymaster::store
