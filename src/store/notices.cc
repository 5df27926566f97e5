#include "store/notices.h"

#include <algorithm>

#include "base/caught.h"

namespace quaymaster::store {

class Notices::Listening final : public Subscription {
 public:
  explicit Listening(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
  ~Listening() override {
    const std::lock_guard lock(listener_->mutex);
    listener_->on_notice = {};
  }

 private:
  const std::shared_ptr<Listener> listener_;
};

std::unique_ptr<Subscription> Notices::listen(Topic topic, std::function<void(std::string_view)> on_notice) {
  auto listener = std::make_shared<Listener>();
  listener->on_notice = std::move(on_notice);
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [](const auto& entry) { return entry.second.expired(); });
    listeners_.emplace_back(topic, listener);
  }
  return std::make_unique<Listening>(std::move(listener));
}

void Notices::tell(Topic topic, std::string_view what) {
  std::vector<std::shared_ptr<Listener>> interested;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [wanted, listener] : listeners_) {
      if (auto alive = wanted == topic ? listener.lock() : nullptr) {
        interested.push_back(std::move(alive));
      }
    }
  }
  for (const auto& listener : interested) {
    const std::lock_guard lock(listener->mutex);
    if (listener->on_notice) {
      contained([&] { listener->on_notice(what); });
    }
  }
}

}  // namespace quaymaster::store
