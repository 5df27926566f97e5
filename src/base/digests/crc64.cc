// CRC-64/NVME, computed in two equivalent ways: with eight tables, and with carry-less multiplication that folds 64
// bytes per step (V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel,
// 2009).
#include "base/digests/checksum.h"
#include "base/digests/crc64_tables.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace quaymaster {
namespace {

constexpr auto kTables = crc64::make_tables();

/// `crc` without the inversions at both ends.
std::uint64_t by_tables(std::uint64_t crc, Bytes bytes) {
  while (bytes.size() >= 8) {
    const std::uint64_t word = crc ^ load_le64(bytes);
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      crc ^= kTables[7 - i][(word >> (8 * i)) & 0xFF];
    }
    bytes = bytes.subspan(8);
  }
  for (const auto byte : bytes) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ byte) & 0xFF];
  }
  return crc;
}

#if defined(__x86_64__)

/// The two multipliers that move 128 bits of a reflected message up by `distance_bits`. A product of two reflected
/// 64-bit factors comes out one bit too high, so the exponents are one less.
struct Fold {
  std::uint64_t low;   // for the first eight bytes, the higher powers
  std::uint64_t high;  // for the last eight bytes
};
constexpr Fold fold_by(unsigned distance_bits) {
  return {crc64::power_of_x(distance_bits + 64 - 1), crc64::power_of_x(distance_bits - 1)};
}

constexpr Fold kFold512 = fold_by(512);
constexpr Fold kFold128 = fold_by(128);

__attribute__((target("pclmul,sse2"))) __m128i folded(__m128i value, __m128i by, __m128i next) {
  const auto low = _mm_clmulepi64_si128(value, by, 0x00);
  const auto high = _mm_clmulepi64_si128(value, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse2"))) std::uint64_t by_folding(std::uint64_t crc, Bytes bytes) {
  const auto load = [](const std::uint8_t* at) __attribute__((target("pclmul,sse2"))) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  };
  const auto* at = bytes.data();
  auto left = bytes.size();
  __m128i lane[4];
  for (int i = 0; i < 4; ++i) {
    lane[i] = load(at + 16 * i);
  }
  lane[0] = _mm_xor_si128(lane[0], _mm_set_epi64x(0, static_cast<long long>(crc)));
  at += 64;
  left -= 64;

  const auto by512 = _mm_set_epi64x(static_cast<long long>(kFold512.high), static_cast<long long>(kFold512.low));
  for (; left >= 64; at += 64, left -= 64) {
    for (int i = 0; i < 4; ++i) {
      lane[i] = folded(lane[i], by512, load(at + 16 * i));
    }
  }
  const auto by128 = _mm_set_epi64x(static_cast<long long>(kFold128.high), static_cast<long long>(kFold128.low));
  auto value = lane[0];
  for (int i = 1; i < 4; ++i) {
    value = folded(value, by128, lane[i]);
  }
  for (; left >= 16; at += 16, left -= 16) {
    value = folded(value, by128, load(at));
  }

  // The remaining 128 bits are congruent to the message so far; the tables reduce them.
  std::uint8_t rest[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), value);
  return by_tables(by_tables(0, rest), {at, left});
}

#endif

}  // namespace

std::uint64_t crc64_nvme(Bytes bytes, std::uint64_t before) {
#if defined(__x86_64__)
  static const bool can_fold = __builtin_cpu_supports("pclmul") != 0;
  if (can_fold && bytes.size() >= 128) {
    return ~by_folding(~before, bytes);
  }
#endif
  return ~by_tables(~before, bytes);
}

}  // namespace quaymaster
