#include "store/keys.h"

#include <algorithm>

namespace quaymaster::store {
namespace {

/// FNV-1a. Nodes of different versions take the same locks, so it never changes.
std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  }
  return hash;
}

}  // namespace

Keys Keys::none() {
  Keys keys;
  keys.is_everything_ = false;
  return keys;
}

Keys& Keys::add(std::string_view name, bool alone) {
  is_everything_ = false;
  const auto hash = hash_of(name);
  const auto at = std::ranges::lower_bound(keys_, hash, {}, &Key::hash);
  if (at != keys_.end() && at->hash == hash) {
    at->alone = at->alone || alone;
  } else {
    keys_.insert(at, {hash, alone});
  }
  return *this;
}

}  // namespace quaymaster::store
