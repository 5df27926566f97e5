#include "base/digests/checksum.h"

#include <gtest/gtest.h>

#include <random>

namespace quaymaster {
namespace {

Buffer noise(std::size_t size, unsigned seed) {
  std::mt19937 generator(seed);
  Buffer bytes(size);
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(generator());
  }
  return bytes;
}

/// Follows the definition, bit by bit.
template <class Number>
Number bitwise(Bytes bytes, Number polynomial) {
  Number crc = static_cast<Number>(~Number{0});
  for (const auto byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
    }
  }
  return ~crc;
}

constexpr std::uint64_t kNvme = 0x9A6C9329AC4BC9B5;
constexpr std::uint32_t kCastagnoli = 0x82F63B78;

TEST(Checksum, KnownValues) {
  EXPECT_EQ(crc64_nvme(as_bytes("123456789")), 0xAE8B14860A799888u);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283u);
  EXPECT_EQ(crc64_nvme({}), 0u);
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Checksum, EveryLengthAndAlignmentAsBitByBit) {
  const auto bytes = noise(700, 1);
  for (std::size_t from = 0; from < 17; ++from) {
    for (std::size_t size = 0; size + from <= bytes.size(); ++size) {
      const auto part = Bytes(bytes).subspan(from, size);
      ASSERT_EQ(crc64_nvme(part), bitwise(part, kNvme)) << "from " << from << ", " << size << " bytes";
      ASSERT_EQ(crc32c(part), bitwise(part, kCastagnoli)) << "from " << from << ", " << size << " bytes";
    }
  }
}

TEST(Checksum, GoesOnWhereItStopped) {
  const auto bytes = noise(1000, 2);
  const auto whole64 = crc64_nvme(bytes);
  const auto whole32 = crc32c(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto [first, second] = std::pair(Bytes(bytes).first(cut), Bytes(bytes).subspan(cut));
    ASSERT_EQ(crc64_nvme(second, crc64_nvme(first)), whole64) << cut;
    ASSERT_EQ(crc32c(second, crc32c(first)), whole32) << cut;
  }
}

}  // namespace
}  // namespace quaymaster
