#pragma once

#include <string>

namespace quaymaster::blob {

/// The smallest key greater than `key`.
inline std::string key_after(std::string key) {
  key.push_back('\0');
  return key;
}

/// The smallest key greater than every key that begins with `prefix`. The byte 0xFF never occurs in UTF-8, so appending
/// one is enough.
inline std::string key_after_all_of(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) {
    prefix.pop_back();
  }
  if (prefix.empty()) {
    return "\xFF";
  }
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

/// The keys that begin with `prefix`: from <= key < to, in byte order.
struct KeyRange {
  explicit KeyRange(const std::string& prefix) : from(prefix), to(key_after_all_of(prefix)) {}
  std::string from;
  std::string to;
};

}  // namespace quaymaster::blob
