#include "drive/format/drive_header.h"

#include "drive/format/text.h"

namespace quaymaster::drive {

Result<std::vector<HeaderRegion>> parse_drive_header_hash(std::string_view text) {
  constexpr std::size_t kMostRegions = 16;
  std::vector<HeaderRegion> regions;
  text = trimmed(text);
  if (text.empty()) {
    return invalid("an empty drive header hash");
  }
  while (true) {
    const auto entry = text.substr(0, text.find(';'));
    const auto first = entry.find(':');
    const auto second = first == entry.npos ? entry.npos : entry.find(':', first + 1);
    if (second == entry.npos || regions.size() == kMostRegions) {
      return invalid("a drive header hash is up to {} times offset:length:hash", kMostRegions);
    }
    TRY(const auto offset, parse_number(entry.substr(0, first)));
    TRY(const auto length, parse_number(entry.substr(first + 1, second - first - 1)));
    TRY(const auto hash, parse_hash(entry.substr(second + 1)));
    if (length == 0) {
      return invalid("a drive header hash with an empty region");
    }
    regions.push_back({offset, length, hash});
    if (entry.size() == text.size()) {
      return regions;
    }
    text.remove_prefix(entry.size() + 1);
  }
}

}  // namespace quaymaster::drive
