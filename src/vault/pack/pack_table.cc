#include "vault/pack/pack_table.h"

#include <algorithm>
#include <mutex>

namespace quaymaster::vault {

std::uint32_t PackTable::reserve() {
  const std::lock_guard lock(mutex_);
  return next_++;
}

std::uint32_t PackTable::next() const {
  const std::shared_lock lock(mutex_);
  return next_;
}

void PackTable::raise_next(std::uint32_t next) {
  const std::lock_guard lock(mutex_);
  next_ = std::max(next_, next);
}

void PackTable::add(std::uint32_t number, const PackInfo& info) {
  const std::lock_guard lock(mutex_);
  packs_[number] = info;
  numbers_[info.id] = number;
  next_ = std::max(next_, number + 1);
}

void PackTable::condemn(std::span<const std::uint32_t> numbers, std::uint32_t first_safe_owner) {
  const std::lock_guard lock(mutex_);
  for (const auto number : numbers) {
    const auto at = packs_.find(number);
    if (at == packs_.end() || (at->second.flags & kCondemned) != 0) {
      continue;
    }
    at->second.flags |= kCondemned;
    at->second.condemned_before = first_safe_owner;
  }
}

void PackTable::pardon(std::span<const std::uint32_t> numbers) {
  const std::lock_guard lock(mutex_);
  for (const auto number : numbers) {
    if (const auto at = packs_.find(number); at != packs_.end()) {
      at->second.flags &= static_cast<std::uint8_t>(~kCondemned);
    }
  }
}

void PackTable::set_quarantined(std::uint32_t number, bool quarantined) {
  const std::lock_guard lock(mutex_);
  const auto at = packs_.find(number);
  if (at == packs_.end()) {
    return;
  }
  auto& flags = at->second.flags;
  flags = static_cast<std::uint8_t>(quarantined ? flags | kQuarantined : flags & ~kQuarantined);
}

void PackTable::set_indexed(std::span<const std::uint32_t> numbers) {
  const std::lock_guard lock(mutex_);
  for (const auto number : numbers) {
    if (const auto at = packs_.find(number); at != packs_.end()) {
      at->second.indexed = true;
    }
  }
}

void PackTable::set_only_indexed(std::span<const std::uint32_t> sorted_numbers) {
  const std::lock_guard lock(mutex_);
  for (auto& [number, info] : packs_) {
    info.indexed = std::ranges::binary_search(sorted_numbers, number);
  }
}

void PackTable::remove(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  const auto at = packs_.find(number);
  if (at == packs_.end()) {
    return;
  }
  numbers_.erase(at->second.id);
  packs_.erase(at);
}

std::optional<PackInfo> PackTable::find(std::uint32_t number) const {
  const std::shared_lock lock(mutex_);
  const auto at = packs_.find(number);
  return at == packs_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<std::uint32_t> PackTable::find(const PackId& id) const {
  const std::shared_lock lock(mutex_);
  const auto at = numbers_.find(id);
  return at == numbers_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<std::uint8_t> PackTable::flags(std::uint32_t number) const {
  const std::shared_lock lock(mutex_);
  const auto at = packs_.find(number);
  return at == packs_.end() ? std::nullopt : std::optional(at->second.flags);
}

bool PackTable::is_safe_for(std::uint32_t number, std::uint32_t owner) const {
  const std::shared_lock lock(mutex_);
  const auto at = packs_.find(number);
  if (at == packs_.end()) {
    return false;
  }
  const auto& info = at->second;
  return info.is_live() || (info.flags == kCondemned && owner < info.condemned_before);
}

std::vector<std::pair<std::uint32_t, PackInfo>> PackTable::all() const {
  const std::shared_lock lock(mutex_);
  return {packs_.begin(), packs_.end()};
}

}  // namespace quaymaster::vault
