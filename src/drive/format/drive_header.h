#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "drive/format/claimed_hash.h"

namespace quaymaster::drive {

/// One region of the raw disk that a driveHeaderHash covers.
struct HeaderRegion {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  ClaimedHash hash;
};

/// Parses a driveHeaderHash, "offset:length:HEX" joined by ";". Errc::invalid: anything else, which even documented
/// samples contain; the value is then ignored and never fails the job. Format: doc/formats/drive-header.md.
Result<std::vector<HeaderRegion>> parse_drive_header_hash(std::string_view text);

}  // namespace quaymaster::drive
