#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <utility>

#include "testing/store/forwarding_database.h"

namespace quaymaster::store {

/// A database whose process dies at a chosen write: that write and every later one never takes effect, or takes effect
/// without being reported. For kill-and-resume tests:
///
///   for (int n = 0; !survived; ++n) { DyingDatabase dying(real, n, false); …; survived = !dying.await_death(is_done);
///   }
class DyingDatabase final : public ForwardingDatabase {
 public:
  DyingDatabase(Database& real, int dies_at, bool last_one_is_kept)
      : ForwardingDatabase(real), dies_at_(dies_at), last_one_is_kept_(last_one_is_kept) {}

  Result<> read(const std::function<Result<>(Reader&)>& look) override {
    return dead_ ? Result<>(io("dead")) : real().read(look);
  }
  /// True: dead. False: `alive_enough` became true first.
  bool await_death(const std::function<bool()>& alive_enough) {
    while (!dead_ && !alive_enough()) {
      std::this_thread::yield();
    }
    return dead_;
  }

 private:
  void enqueue(Keys keys, Change change, Done done) override {
    const int n = next_.fetch_add(1);
    if (n < dies_at_) {
      real().submit(std::move(keys), std::move(change), std::move(done));
      return;
    }
    if (n == dies_at_ && last_one_is_kept_) {
      real().submit(std::move(keys), std::move(change), [this, done = std::move(done)](Result<>) mutable {
        die();
        done(io("dead"));
      });
      return;
    }
    die();
    done(io("dead"));
  }

  void die() { dead_ = true; }

  const int dies_at_;
  const bool last_one_is_kept_;
  std::atomic<int> next_{0};
  std::atomic<bool> dead_{false};
};

}  // namespace quaymaster::store
