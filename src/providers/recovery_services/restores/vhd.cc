#include "providers/recovery_services/restores/vhd.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace quaymaster::recovery_services {
namespace {

struct Geometry {
  std::uint64_t cylinders, heads, sectors;
};

/// Source: the specification's appendix "CHS Calculation".
Geometry geometry_of(std::uint64_t size) {
  const auto total = std::min<std::uint64_t>(size / 512, 65535ULL * 16 * 255);
  if (total >= 65535ULL * 16 * 63) {
    return {total / 255 / 16, 16, 255};
  }
  Geometry found{0, 0, 17};
  auto tracks = total / found.sectors;
  found.heads = std::max<std::uint64_t>((tracks + 1023) / 1024, 4);
  if (tracks >= found.heads * 1024 || found.heads > 16) {
    found.sectors = 31;
    found.heads = 16;
    tracks = total / found.sectors;
  }
  if (tracks >= found.heads * 1024) {
    found.sectors = 63;
    found.heads = 16;
    tracks = total / found.sectors;
  }
  found.cylinders = tracks / found.heads;
  return found;
}

}  // namespace

std::array<std::uint8_t, kVhdFooterSize> vhd_footer(std::uint64_t size, Time made, const Guid& id) {
  std::array<std::uint8_t, kVhdFooterSize> footer{};
  const auto text = [&](std::size_t at, std::string_view value) { std::ranges::copy(value, footer.begin() + at); };
  const auto number = [&](std::size_t at, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      footer[at + i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
    }
  };
  constexpr std::int64_t kEpoch = 946'684'800;  // 2000-01-01, in seconds since 1970
  const auto seconds = std::chrono::floor<std::chrono::seconds>(made).time_since_epoch().count() - kEpoch;
  const auto geometry = geometry_of(size);
  text(0, "conectix");
  number(8, 2, 4);            // features: reserved, always set
  number(12, 0x00010000, 4);  // version 1.0
  number(16, ~0ULL, 8);       // data offset: a fixed disk has none
  number(24, static_cast<std::uint64_t>(seconds), 4);
  text(28, "quay");
  number(32, 0x00010000, 4);
  text(36, "Wi2k");
  number(40, size, 8);
  number(48, size, 8);
  number(56, geometry.cylinders, 2);
  number(58, geometry.heads, 1);
  number(59, geometry.sectors, 1);
  number(60, 2, 4);  // a fixed disk
  std::ranges::copy(id.bytes, footer.begin() + 68);
  number(64, ~std::accumulate(footer.begin(), footer.end(), std::uint32_t{0}) & 0xFFFFFFFFU, 4);
  return footer;
}

}  // namespace quaymaster::recovery_services
