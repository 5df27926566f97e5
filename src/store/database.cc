#include "store/database.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace quaymaster::store {

Result<Guid> Row::guid(int column) const {
  auto id = parse_guid(text(column));
  return id ? std::move(id) : corrupt("'{}' in the records is not an id", text(column));
}

Result<Guid> Row::blob_guid(int column) const {
  const auto bytes = blob(column);
  Guid id;
  if (bytes.size() != id.bytes.size()) {
    return corrupt("an id of {} bytes in the records", bytes.size());
  }
  std::ranges::copy(bytes, id.bytes.begin());
  return id;
}

Result<> Database::write(Keys keys, Change change) {
  std::mutex mutex;
  std::condition_variable finished;
  std::optional<Result<>> outcome;
  submit(std::move(keys), std::move(change), [&](Result<> result) {
    // Notified under the lock: once it is released, the waiter may return and destroy these objects.
    const std::lock_guard lock(mutex);
    outcome = std::move(result);
    finished.notify_one();
  });
  std::unique_lock lock(mutex);
  finished.wait(lock, [&] { return outcome.has_value(); });
  return std::move(*outcome);
}

}  // namespace quaymaster::store
