#include "blob/extents/pins.h"

namespace quaymaster::blob {

void Pins::pin(const std::vector<ExtentId>& extents) {
  const std::lock_guard lock(mutex_);
  for (const auto extent : extents) {
    ++counts_[extent];
  }
}

void Pins::unpin(const std::vector<ExtentId>& extents) {
  const std::lock_guard lock(mutex_);
  for (const auto extent : extents) {
    const auto at = counts_.find(extent);
    if (--at->second == 0) {
      counts_.erase(at);
    }
  }
}

bool Pins::pinned(ExtentId extent) {
  const std::lock_guard lock(mutex_);
  return counts_.contains(extent);
}

void Pins::wait_for_lookups() {
  std::unique_lock lock(mutex_);
  const auto old = age_;
  age_ = 1 - age_;  // no lookup of that age is left: the previous call waited for them
  while (lookups_[old] != 0) {
    ended_.wait(lock);
  }
}

Pins::Lookup::Lookup(Pins& pins)
    : pins_(pins), age_([&pins] {
        const std::lock_guard lock(pins.mutex_);
        ++pins.lookups_[pins.age_];
        return pins.age_;
      }()) {}

Pins::Lookup::~Lookup() {
  const std::lock_guard lock(pins_.mutex_);
  if (--pins_.lookups_[age_] == 0) {
    pins_.ended_.notify_all();
  }
}

PinSet::PinSet(Pins& pins, const Pieces& pieces) : pins_(&pins), extents_(extents_of(pieces)) {
  pins.pin(extents_);
}

PinSet& PinSet::operator=(PinSet&& other) noexcept {
  if (this != &other) {
    release();
    pins_ = other.pins_;
    extents_ = std::exchange(other.extents_, {});
  }
  return *this;
}

void PinSet::add(ExtentId extent) {
  pins_->pin({extent});
  extents_.push_back(extent);
}

void PinSet::release() {
  if (!extents_.empty()) {
    pins_->unpin(extents_);
    extents_.clear();
  }
}

std::vector<ExtentId> extents_of(const Pieces& pieces) {
  std::vector<ExtentId> extents;
  extents.reserve(pieces.size());
  for (const auto& piece : pieces) {
    if (extents.empty() || extents.back() != piece.extent) {
      extents.push_back(piece.extent);
    }
  }
  std::ranges::sort(extents);
  extents.erase(std::unique(extents.begin(), extents.end()), extents.end());
  return extents;
}

}  // namespace quaymaster::blob
