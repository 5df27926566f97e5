#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "drive/format/manifest.h"
#include "drive/format/status.h"
#include "drive/read/byte_source.h"

namespace quaymaster::drive {

/// What a whole sound manifest holds.
struct ManifestSummary {
  ManifestHeader header;
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;  // sum of the blobs' lengths
  std::uint64_t ranges = 0;
  std::uint64_t size = 0;  // of the manifest itself, in bytes
};

/// The verdict of steps 3 to 5 of the validation order: hash, format, drive id, in this precedence.
struct ManifestVerdict {
  DriveStatusCode status = DriveStatusCode::completed;  // completed: sound
  std::string reason;       // for the log and the job's item list; no secret. Empty when sound
  ManifestSummary summary;  // whole only when sound
  bool sound() const { return status == DriveStatusCode::completed; }
};

/// Reads the manifest once, from beginning to end, hashing and checking it in the same pass, so that nothing is copied
/// from a drive whose manifest turns out wrong at its end. `expected_hash` is the job's ManifestHash: an empty one is
/// not checked, one with an odd number of digits is ManifestCorrupted. The drive id is compared as same_drive_id does.
/// Errc::cancelled from the source is passed on; every other failure is a verdict.
Result<ManifestVerdict> examine_manifest(ByteSource source, std::string_view expected_hash,
                                         std::string_view expected_drive_id);

}  // namespace quaymaster::drive
