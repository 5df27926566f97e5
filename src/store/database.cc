#include "store/database.h"

#include <condition_variable>
#include <mutex>

namespace quaymaster::store {

Result<> Database::write(Change change) {
  std::mutex mutex;
  std::condition_variable finished;
  std::optional<Result<>> outcome;
  submit(std::move(change), [&](Result<> result) {
    // Notified under the lock: the waiter may return, and these objects die, as soon as it is free.
    const std::lock_guard lock(mutex);
    outcome = std::move(result);
    finished.notify_one();
  });
  std::unique_lock lock(mutex);
  finished.wait(lock, [&] { return outcome.has_value(); });
  return std::move(*outcome);
}

}  // namespace quaymaster::store
