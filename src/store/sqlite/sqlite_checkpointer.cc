#include "store/sqlite/sqlite_checkpointer.h"

#include <pthread.h>

#include "base/caught.h"
#include "base/log.h"

namespace quaymaster::store {
namespace {

// 4 MiB: readers stay fast, and opening after a kill reads no more than this.
constexpr int kCheckpointPages = 1000;
// At this many pages the log never had a moment without readers in which it could restart, so force one.
constexpr int kRestartPages = 8000;

}  // namespace

SqliteCheckpointer::SqliteCheckpointer(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), thread_([this] { run(); }) {}

SqliteCheckpointer::~SqliteCheckpointer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void SqliteCheckpointer::log_grew(int pages) {
  if (pages < kCheckpointPages) {
    return;
  }
  const std::lock_guard lock(mutex_);
  pages_ = pages;
  has_work_.notify_one();
}

void SqliteCheckpointer::run() {
  pthread_setname_np(pthread_self(), "store-checkpt");
  sqlite3_busy_timeout(connection_->handle(), kLongestHoldMilliseconds);
  bool failing = false;
  int restart_at = kRestartPages;
  for (;;) {
    std::unique_lock lock(mutex_);
    has_work_.wait(lock, [this] { return ending_ || pages_ > 0; });
    if (ending_) {
      return;
    }
    const int pages = std::exchange(pages_, 0);
    lock.unlock();

    int code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (pages < kRestartPages) {
      restart_at = kRestartPages;  // the log was restarted
    }
    if (code == SQLITE_OK && pages >= restart_at) {
      code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
      restart_at = pages + kCheckpointPages;
    }
    // A failure loses nothing: the log keeps everything, and the next commit triggers another attempt.
    const bool failed = code != SQLITE_OK && code != SQLITE_BUSY;
    if (failed && !failing) {
      contained([&] { log::warning("store", "{}", sqlite_error(connection_->handle(), code, "checkpoint").cause()); });
    }
    failing = failed;
  }
}

}  // namespace quaymaster::store
