#include "workload/bundle/simulated.h"

#include <algorithm>

#include "workload/disk/disk_root.h"

namespace quaymaster::workload {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): random enough to resemble data, at a few instructions per word.
std::uint64_t mix(std::uint64_t state) {
  state += 0x9E3779B97F4A7C15;
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
  return state ^ (state >> 31);
}
double share(std::uint64_t random) {
  return static_cast<double>(random >> 11) / static_cast<double>(std::uint64_t{1} << 53);
}

class SimulatedImage final : public DiskImage {
 public:
  explicit SimulatedImage(SimulatedDisk disk) : disk_(disk) {}

  std::uint64_t size() const override { return disk_.size; }

  Result<> read(std::uint64_t offset, MutableBytes into) override {
    while (!into.empty()) {
      const auto number = offset / kBlock;
      const auto skip = offset % kBlock;
      const auto count = std::min<std::uint64_t>(into.size(), kBlock - skip);
      fill(number, skip, into.first(count));
      into = into.subspan(count);
      offset += count;
    }
    return ok();
  }

  Result<std::uint64_t> next_data(std::uint64_t offset) override { return next(offset, false); }
  Result<std::uint64_t> next_hole(std::uint64_t offset) override { return next(offset, true); }
  Result<bool> changed() override { return false; }

 private:
  /// The seed of a block's bytes: that of the last generation that wrote it.
  std::uint64_t seed_of(std::uint64_t number) const {
    auto generation = disk_.generation;
    while (generation > 0 && share(mix(mix(disk_.seed ^ number << 20) + generation)) >= disk_.change_rate) {
      --generation;
    }
    return mix(mix(disk_.seed + number) ^ generation << 40);
  }
  bool is_hole(std::uint64_t number) const { return share(mix(seed_of(number) ^ 1)) < disk_.zero_share; }

  std::uint64_t next(std::uint64_t offset, bool hole) const {
    while (offset < disk_.size && is_hole(offset / kBlock) != hole) {
      offset = (offset / kBlock + 1) * kBlock;
    }
    return std::min(offset, disk_.size);
  }

  void fill(std::uint64_t number, std::uint64_t skip, MutableBytes into) const {
    const auto seed = seed_of(number);
    if (share(mix(seed ^ 1)) < disk_.zero_share) {
      std::ranges::fill(into, std::uint8_t{0});
      return;
    }
    const auto repeating = static_cast<std::uint64_t>(disk_.compressible_share * 64);
    for (std::size_t i = 0; i < into.size();) {
      const auto word = (skip + i) / 8;
      const auto within = (skip + i) % 8;
      // Of every 64 words the first ones are the same everywhere, the others are noise.
      const auto value = word % 64 < repeating ? mix(disk_.seed + word % 64) : mix(seed + word);
      std::array<std::uint8_t, 8> bytes;
      store_le(value, MutableBytes(bytes));
      const auto count = std::min<std::size_t>(8 - within, into.size() - i);
      std::copy_n(bytes.begin() + within, count, into.begin() + static_cast<std::ptrdiff_t>(i));
      i += count;
    }
  }

  const SimulatedDisk disk_;
};

}  // namespace

std::unique_ptr<DiskImage> simulated_image(SimulatedDisk disk) {
  return std::make_unique<SimulatedImage>(disk);
}

}  // namespace quaymaster::workload
