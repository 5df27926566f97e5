#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace quaymaster::crc64 {

/// 0xAD93D23594C93659 with its bits reversed: bit 63 of the number is x^0, as in any reflected CRC.
inline constexpr std::uint64_t kPolynomial = 0x9A6C9329AC4BC9B5;

/// Appends one zero byte to the message that `crc` represents.
constexpr std::uint64_t step_byte(std::uint64_t crc) {
  for (int bit = 0; bit < 8; ++bit) {
    crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
  }
  return crc;
}

using Tables = std::array<std::array<std::uint64_t, 256>, 8>;

/// tables[n][b]: the contribution of byte b when n more bytes follow in the same step of eight.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    tables[0][byte] = step_byte(byte);
  }
  for (std::size_t n = 1; n < 8; ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const auto before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

/// x^exponent modulo the polynomial, reflected.
constexpr std::uint64_t power_of_x(unsigned exponent) {
  std::uint64_t value = std::uint64_t{1} << 63;  // x^0
  for (unsigned i = 0; i < exponent; ++i) {
    value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
  }
  return value;
}

}  // namespace quaymaster::crc64
