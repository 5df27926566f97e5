#include "identity/principals/guess_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace quaymaster::identity {
namespace {

/// Makes room for one more entry: removes those for which `is_over` is true, or else the one with the smallest time.
template <class Map, class Over, class TimeOf>
void make_room(Map& map, const Over& is_over, const TimeOf& time_of) {
  if (map.size() < GuessLimit::kMost) {
    return;
  }
  std::erase_if(map, is_over);
  if (map.size() >= GuessLimit::kMost) {
    map.erase(std::ranges::min_element(map, {}, time_of));
  }
}

std::string pair_of(std::string_view client, std::string_view network) {
  return fmt::format("{} {}", client, network);
}

}  // namespace

GuessLimit::Wait GuessLimit::wait_of(Debts& debts, const std::string& key, const Allowance& allowance) const {
  const auto found = debts.find(key);
  if (found == debts.end()) {
    return {};
  }
  // If the clock was set back, no caller must wait longer than it takes to work off the whole debt.
  const auto now = clock_.now();
  found->second.end = std::min(found->second.end, now + allowance.at_once * allowance.period);
  const auto left = found->second.end - (allowance.at_once - 1) * allowance.period - now;
  if (left <= Ticks::zero()) {
    return {};
  }
  return {left, !std::exchange(found->second.reported, true)};
}

void GuessLimit::charge(Debts& debts, const std::string& key, const Allowance& allowance) const {
  const auto now = clock_.now();
  if (!debts.contains(key)) {
    make_room(
        debts, [now](const auto& entry) { return entry.second.end <= now; },
        [](const auto& entry) { return entry.second.end; });
  }
  auto& debt = debts[key];
  debt.end = std::max(debt.end, now) + allowance.period;
  debt.reported = false;
}

GuessLimit::Wait GuessLimit::wait(std::string_view client, std::string_view network) {
  const std::scoped_lock lock(mutex_);
  auto longest = wait_of(networks_, std::string(network), kOfNetwork);
  if (!client.empty() && !proven_.contains(pair_of(client, network))) {
    const auto other = wait_of(principals_, std::string(client), kOfPrincipal);
    longest = other.left > longest.left ? other : longest;
  }
  return longest;
}

void GuessLimit::wrong(std::string_view client, std::string_view network) {
  const std::scoped_lock lock(mutex_);
  charge(networks_, std::string(network), kOfNetwork);
  if (!client.empty()) {
    charge(principals_, std::string(client), kOfPrincipal);
  }
}

void GuessLimit::right(std::string_view client, std::string_view network) {
  const std::scoped_lock lock(mutex_);
  const auto pair = pair_of(client, network);
  if (!proven_.contains(pair)) {
    make_room(proven_, [](const auto&) { return false; }, [](const auto& entry) { return entry.second; });
  }
  proven_[pair] = clock_.now();
}

std::size_t GuessLimit::networks() const {
  const std::scoped_lock lock(mutex_);
  return networks_.size();
}

}  // namespace quaymaster::identity
