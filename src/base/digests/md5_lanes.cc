#include "base/digests/md5_lanes.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/digests/md5_kernels.h"

namespace quaymaster {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kMostLanes = 32;
constexpr std::array<std::uint32_t, 4> kStart = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

/// Assigns inputs to lanes. Lanes in use are always the first ones, so that the narrowest sufficient kernel can be
/// used.
class Lanes {
 public:
  Lanes(Md5Kernels kernels, std::span<const Bytes> inputs, std::span<Md5Digest> digests)
      : kernels_(kernels), inputs_(inputs), digests_(digests) {}

  void run() {
    const auto most = std::min(kernels_.back().lanes, kMostLanes);
    while (used_ < most && next_ < inputs_.size()) {
      start(used_++);
    }
    while (used_ > 0) {
      step();
      for (std::size_t lane = 0; lane < used_;) {
        if (left_[lane] > 0 || start_tail(lane)) {
          ++lane;
          continue;
        }
        finish(lane);
        if (next_ < inputs_.size()) {
          start(lane);
        } else {
          move_last_to(lane);  // and examine this place again
        }
      }
    }
  }

 private:
  void start(std::size_t lane) {
    const auto input = inputs_[next_];
    input_[lane] = next_++;
    for (std::size_t word = 0; word < 4; ++word) {
      state_[word][lane] = kStart[word];
    }
    at_[lane] = input.data();
    left_[lane] = input.size() / kBlock;
    in_tail_[lane] = false;
    if (left_[lane] == 0) {
      start_tail(lane);
    }
  }

  /// Builds the tail: the last partial block, the padding and the length, one or two blocks. False when it was already
  /// processed.
  bool start_tail(std::size_t lane) {
    if (in_tail_[lane]) {
      return false;
    }
    const auto input = inputs_[input_[lane]];
    const auto rest = input.subspan(input.size() / kBlock * kBlock);
    auto& tail = tail_[lane];
    tail.fill(0);
    std::ranges::copy(rest, tail.begin());
    tail[rest.size()] = 0x80;
    left_[lane] = rest.size() + 1 + 8 <= kBlock ? 1 : 2;
    store_le<std::uint64_t>(input.size() * 8, MutableBytes(tail).subspan(left_[lane] * kBlock - 8));
    at_[lane] = tail.data();
    in_tail_[lane] = true;
    return true;
  }

  /// Processes as many blocks as the shortest lane has.
  void step() {
    const auto kernel = std::ranges::find_if(kernels_, [&](const Md5Kernel& k) { return k.lanes >= used_; });
    check(kernel != kernels_.end());
    for (std::size_t lane = used_; lane < kernel->lanes; ++lane) {
      at_[lane] = at_[0];  // readable; the result is discarded
    }
    const auto blocks = *std::min_element(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(used_));
    kernel->take_blocks(state_[0].data(), kMostLanes, at_.data(), blocks);
    for (std::size_t lane = 0; lane < used_; ++lane) {
      at_[lane] += blocks * kBlock;
      left_[lane] -= blocks;
    }
  }

  void finish(std::size_t lane) {
    auto& digest = digests_[input_[lane]];
    for (std::size_t word = 0; word < 4; ++word) {
      store_le(state_[word][lane], MutableBytes(digest).subspan(4 * word));
    }
  }

  void move_last_to(std::size_t lane) {
    const auto last = --used_;
    if (lane == last) {
      return;
    }
    input_[lane] = input_[last];
    left_[lane] = left_[last];
    in_tail_[lane] = in_tail_[last];
    tail_[lane] = tail_[last];
    at_[lane] = in_tail_[last] ? tail_[lane].data() + (at_[last] - tail_[last].data()) : at_[last];
    for (auto& word : state_) {
      word[lane] = word[last];
    }
  }

  const Md5Kernels kernels_;
  const std::span<const Bytes> inputs_;
  const std::span<Md5Digest> digests_;
  std::size_t next_ = 0;  // the first input without a lane
  std::size_t used_ = 0;
  alignas(64) std::array<std::array<std::uint32_t, kMostLanes>, 4> state_{};
  std::array<const std::uint8_t*, kMostLanes> at_{};
  std::array<std::size_t, kMostLanes> left_{};  // blocks left before the tail, or in it
  std::array<std::size_t, kMostLanes> input_{};
  std::array<bool, kMostLanes> in_tail_{};
  std::array<std::array<std::uint8_t, 2 * kBlock>, kMostLanes> tail_{};
};

Md5Kernels best() {
  static const Md5Kernels kernels = md5_kernels_here().back();
  return kernels;
}

}  // namespace

std::vector<Md5Kernels> md5_kernels_here() {
  std::vector<Md5Kernels> sets{kMd5Plain};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) {
    sets.push_back(kMd5Avx2);
  }
  if (__builtin_cpu_supports("avx512f") != 0) {
    sets.push_back(kMd5Avx512);
  }
#endif
  return sets;
}

void md5_many_with(Md5Kernels kernels, std::span<const Bytes> inputs, std::span<Md5Digest> digests) {
  check(inputs.size() == digests.size());
  Lanes(kernels, inputs, digests).run();
}

void md5_many(std::span<const Bytes> inputs, std::span<Md5Digest> digests) {
  md5_many_with(best(), inputs, digests);
}

std::size_t md5_lane_count() {
  return best().back().lanes;
}

}  // namespace quaymaster
