#include "blob/versions/committer.h"

#include <condition_variable>
#include <optional>
#include <utility>

namespace quaymaster::blob {

/// A caller, on its own stack until it is done.
struct Committer::Waiting {
  const StoredContent& content;
  store::Database::Change change;

  std::mutex mutex;
  std::condition_variable called;
  bool leads = false;
  std::optional<Result<>> result;

  // Both notify under the lock: once it is released, the caller may be gone.
  void make_leader() {
    const std::lock_guard lock(mutex);
    leads = true;
    called.notify_one();
  }
  bool ended() {
    const std::lock_guard lock(mutex);
    return result.has_value();
  }
  void end(Result<> with) {
    const std::lock_guard lock(mutex);
    result = std::move(with);
    called.notify_one();
  }
};

Result<> Committer::commit(const StoredContent& content, store::Database::Change change) {
  if (content.flushed()) {
    return database_.write(std::move(change));
  }
  Waiting self{content, std::move(change), {}, {}, false, std::nullopt};
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(&self);
    self.leads = !std::exchange(led_, true);
  }
  std::unique_lock lock(self.mutex);
  for (;;) {
    if (self.result) {
      return std::move(*self.result);
    }
    if (std::exchange(self.leads, false)) {
      lock.unlock();
      lead(self);
      lock.lock();
      continue;
    }
    self.called.wait(lock);
  }
}

/// Until no caller waits, or the leader's own change is durable and it can return.
void Committer::lead(Waiting& self) {
  for (;;) {
    std::vector<Waiting*> batch;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) {
        led_ = false;
        return;
      }
      if (self.ended()) {
        queue_.front()->make_leader();
        return;
      }
      batch.swap(queue_);
    }
    std::vector<Result<>> flushed;
    flushed.reserve(batch.size());
    for (const auto* waiting : batch) {
      flushed.push_back(waiting->content.flush());  // the first content of an extent syncs for all
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto* waiting = batch[i];
      if (!flushed[i]) {
        waiting->end(std::move(flushed[i]));
      } else {
        database_.submit(std::move(waiting->change), [waiting](Result<> result) { waiting->end(std::move(result)); });
      }
    }
  }
}

}  // namespace quaymaster::blob
