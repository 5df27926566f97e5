#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace quaymaster::store {

/// What a change can tell the other nodes about (Writer::notify). The text of a notice is given for each.
enum class Topic {
  job,         // a job may be taken up: its kind
  job_end,     // a job has ended: its id
  job_cancel,  // a job is to be cancelled: its id
};

/// While it exists, its function is called (Database::listen).
class Subscription {
 public:
  virtual ~Subscription() = default;
};

/// The subscriptions of one process. Thread-safe. A function is never called after its subscription is gone, and must
/// not end its own subscription.
class Notices {
 public:
  std::unique_ptr<Subscription> listen(Topic topic, std::function<void(std::string_view what)> on_notice);
  void tell(Topic topic, std::string_view what);

 private:
  struct Listener {
    std::mutex mutex;  // held during a call
    std::function<void(std::string_view)> on_notice;
  };
  class Listening;

  std::mutex mutex_;
  std::vector<std::pair<Topic, std::weak_ptr<Listener>>> listeners_;
};

}  // namespace quaymaster::store
