#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace quaymaster {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;
using Buffer = std::vector<std::uint8_t>;

static_assert(std::endian::native == std::endian::little, "formats are little endian and read in place");

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads an unsigned little-endian number from the first bytes; the span must be long enough.
template <class Number>
Number load_le(Bytes bytes) {
  Number number;
  std::memcpy(&number, bytes.first(sizeof number).data(), sizeof number);
  return number;
}
inline std::uint16_t load_le16(Bytes bytes) {
  return load_le<std::uint16_t>(bytes);
}
inline std::uint32_t load_le32(Bytes bytes) {
  return load_le<std::uint32_t>(bytes);
}
inline std::uint64_t load_le64(Bytes bytes) {
  return load_le<std::uint64_t>(bytes);
}

template <class Number>
void store_le(Number number, MutableBytes bytes) {
  std::memcpy(bytes.first(sizeof number).data(), &number, sizeof number);
}
template <class Number>
void append_le(Buffer& buffer, Number number) {
  const auto at = buffer.size();
  buffer.resize(at + sizeof number);
  std::memcpy(buffer.data() + at, &number, sizeof number);
}
inline void append(Buffer& buffer, Bytes bytes) {
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;

}  // namespace quaymaster
