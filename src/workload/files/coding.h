#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace quaymaster::workload {

/// Appends seven bits per byte, lowest first; the last byte has its upper bit clear.
inline void append_number(Buffer& buffer, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) {
    buffer.push_back(static_cast<std::uint8_t>(number | 0x80));
  }
  buffer.push_back(static_cast<std::uint8_t>(number));
}
/// Small numbers of either sign stay short: 0, -1, 1, -2, …
inline void append_signed(Buffer& buffer, std::int64_t number) {
  append_number(buffer, (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63));
}
/// Its length, then the text.
inline void append_text(Buffer& buffer, std::string_view text) {
  append_number(buffer, text.size());
  append(buffer, as_bytes(text));
}

/// Decodes what the functions above wrote. After an error `failed` stays true and everything returns zero: check it at
/// the end, and before allocating by a decoded number.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) {
        break;
      }
      const auto byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) {
        return shift == 63 && byte > 1 ? fail() : value;
      }
    }
    return fail();
  }
  std::int64_t signed_number() {
    const auto value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  Bytes bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    return taken;
  }
  std::uint8_t byte() {
    const auto taken = bytes(1);
    return taken.empty() ? std::uint8_t{0} : taken[0];
  }
  std::string_view text() { return as_text(bytes(number())); }
  std::uint64_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  Bytes rest() const { return rest_; }
  bool failed() const { return failed_; }

 private:
  Bytes rest_;
  bool failed_ = false;
};

}  // namespace quaymaster::workload
