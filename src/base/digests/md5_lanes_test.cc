#include "base/digests/md5_lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/digests/md5_kernels.h"
#include "base/encode.h"

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

/// Every set of kernels on this machine must agree with OpenSSL on every input.
void expect_as_openssl(const std::vector<Bytes>& inputs, const std::string& what) {
  for (const auto kernels : md5_kernels_here()) {
    std::vector<Md5Digest> digests(inputs.size());
    md5_many_with(kernels, inputs, digests);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      ASSERT_EQ(hex_lower(digests[i]), hex_lower(md5(inputs[i])))
          << what << ": input " << i << " of " << inputs.size() << ", " << inputs[i].size() << " bytes, "
          << kernels.back().lanes << " lanes";
    }
  }
}

TEST(Md5Lanes, EveryShortLengthInOneCall) {
  const auto bytes = noise(300, 1);
  std::vector<Bytes> inputs;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    inputs.push_back(Bytes(bytes).first(size));
  }
  expect_as_openssl(inputs, "rising");
  std::ranges::reverse(inputs);
  expect_as_openssl(inputs, "falling");
}

TEST(Md5Lanes, EveryNumberOfInputs) {
  const auto bytes = noise(1000, 2);
  for (std::size_t count = 0; count <= 70; ++count) {
    std::vector<Bytes> inputs;
    for (std::size_t i = 0; i < count; ++i) {
      inputs.push_back(Bytes(bytes).subspan(i, 129 + 7 * i % 300));
    }
    expect_as_openssl(inputs, "count");
  }
}

TEST(Md5Lanes, RandomMixes) {
  const auto bytes = noise(300'000, 3);
  std::mt19937 generator(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<Bytes> inputs(generator() % 60);
    for (auto& input : inputs) {
      const std::size_t most = std::size_t{1} << (generator() % 19);
      const auto size = generator() % std::min(most, bytes.size());
      input = Bytes(bytes).subspan(generator() % (bytes.size() - size), size);
    }
    expect_as_openssl(inputs, "round " + std::to_string(round));
  }
}

TEST(Md5Lanes, CountsLanes) {
  EXPECT_GE(md5_lane_count(), 8u);
}

}  // namespace
}  // namespace quaymaster
