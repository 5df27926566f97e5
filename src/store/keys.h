#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace quaymaster::store {

/// What a change touches, for databases that run changes at the same time: two changes of which one takes a key alone
/// and the other takes the same key, alone or shared, run one after the other. A key is the name of what its rows
/// belong to ("blob/<account>/<container>/<name>"); names are hashed, so two that collide merely wait for each other.
///
/// A table has one regime. The tables of blobs and of vaults (but for recovery points) are written under keys; all
/// others by changes that run as if alone, Keys::everything(), or by single conditional statements, Keys::none(). A
/// change that relies on a row of another regime changes it on a condition or reads it FOR SHARE.
class Keys {
 public:
  struct Key {
    std::uint64_t hash = 0;
    bool alone = false;
    auto operator<=>(const Key&) const = default;
  };

  /// As if no other change ran. Also what a default Keys means.
  static Keys everything() { return Keys(); }
  /// One conditional statement, or only rows that nobody else writes.
  static Keys none();

  Keys& alone(std::string_view name) { return add(name, true); }
  Keys& shared(std::string_view name) { return add(name, false); }

  bool is_everything() const { return is_everything_; }
  /// In the order in which they are taken, each hash once, in its stronger mode.
  std::span<const Key> all() const { return keys_; }

 private:
  Keys& add(std::string_view name, bool alone);

  bool is_everything_ = true;
  std::vector<Key> keys_;
};

}  // namespace quaymaster::store
