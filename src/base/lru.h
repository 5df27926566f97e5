#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace quaymaster {

/// The values that were used last, up to a total weight; the newest stays even if it alone is heavier. What has to go
/// is handed to the caller, who may let go of it outside its lock. Not thread-safe.
template <class Key, class Value>
class Lru {
 public:
  explicit Lru(std::uint64_t most) : most_(most) {}

  /// Valid until the next change; null when there is none. Counts as a use.
  Value* find(const Key& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) {
      return nullptr;
    }
    order_.splice(order_.begin(), order_, at->second.place);
    return &at->second.value;
  }

  /// What is there under this key already stays as it is, and the new value goes.
  std::vector<Value> put(Key key, Value value, std::uint64_t weight = 1) {
    std::vector<Value> gone;
    const auto [at, is_new] = entries_.try_emplace(std::move(key));
    if (!is_new) {
      gone.push_back(std::move(value));
      return gone;
    }
    order_.push_front(&at->first);
    at->second = Entry{std::move(value), weight, order_.begin()};
    weight_ += weight;
    while (weight_ > most_ && order_.size() > 1) {
      gone.push_back(take(entries_.find(*order_.back())));
    }
    return gone;
  }

  std::optional<Value> remove(const Key& key) {
    const auto at = entries_.find(key);
    return at == entries_.end() ? std::nullopt : std::optional(take(at));
  }

  std::vector<Value> clear() {
    std::vector<Value> gone;
    while (!order_.empty()) {
      gone.push_back(take(entries_.find(*order_.back())));
    }
    return gone;
  }

  std::size_t size() const { return order_.size(); }
  std::uint64_t weight() const { return weight_; }

 private:
  struct Entry {
    Value value{};
    std::uint64_t weight = 0;
    typename std::list<const Key*>::iterator place{};
  };
  using Entries = std::map<Key, Entry>;  // ordered: keys that a stranger chose cannot make it slow

  Value take(typename Entries::iterator at) {
    Value value = std::move(at->second.value);
    weight_ -= at->second.weight;
    order_.erase(at->second.place);
    entries_.erase(at);
    return value;
  }

  const std::uint64_t most_;
  Entries entries_;              // whose keys stay where they are
  std::list<const Key*> order_;  // used last first
  std::uint64_t weight_ = 0;
};

}  // namespace quaymaster
