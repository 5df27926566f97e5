#include "vault/pack_table.h"

#include <algorithm>
#include <mutex>

namespace quaymaster::vault {

std::uint32_t PackTable::reserve() {
  const std::lock_guard lock(mutex_);
  return next_++;
}

void PackTable::add(std::uint32_t number, const PackInfo& info) {
  const std::lock_guard lock(mutex_);
  packs_[number] = info;
  next_ = std::max(next_, number + 1);
}

void PackTable::set_state(std::uint32_t number, PackState state) {
  const std::lock_guard lock(mutex_);
  if (const auto at = packs_.find(number); at != packs_.end())
    at->second.state = state;
}

void PackTable::set_indexed(const std::vector<std::uint32_t>& numbers) {
  const std::lock_guard lock(mutex_);
  for (const auto number : numbers) {
    if (const auto at = packs_.find(number); at != packs_.end())
      at->second.indexed = true;
  }
}

void PackTable::clear_indexed() {
  const std::lock_guard lock(mutex_);
  for (auto& [number, info] : packs_) info.indexed = false;
}

void PackTable::remove(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  packs_.erase(number);
}

std::optional<PackInfo> PackTable::find(std::uint32_t number) const {
  const std::shared_lock lock(mutex_);
  const auto at = packs_.find(number);
  return at == packs_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<std::uint32_t> PackTable::find(const PackId& id) const {
  const std::shared_lock lock(mutex_);
  const auto at = std::ranges::find_if(packs_, [&](const auto& pack) { return pack.second.id == id; });
  return at == packs_.end() ? std::nullopt : std::optional(at->first);
}

bool PackTable::is_live(std::uint32_t number) const {
  const std::shared_lock lock(mutex_);
  const auto at = packs_.find(number);
  return at != packs_.end() && at->second.state == PackState::live;
}

std::vector<std::pair<std::uint32_t, PackInfo>> PackTable::all() const {
  const std::shared_lock lock(mutex_);
  return {packs_.begin(), packs_.end()};
}

}  // namespace quaymaster::vault
