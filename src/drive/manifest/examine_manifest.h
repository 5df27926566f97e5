#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "drive/format/manifest.h"
#include "drive/format/status.h"
#include "drive/read/byte_source.h"

namespace quaymaster::drive {

/// The contents of a complete, valid manifest.
struct ManifestSummary {
  ManifestHeader header;
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;  // sum of the blobs' lengths
  std::uint64_t ranges = 0;
  std::uint64_t size = 0;  // of the manifest itself, in bytes
};

/// The verdict of steps 3 to 5 of the validation order: hash, format, drive id, in this precedence.
struct ManifestVerdict {
  DriveStatusCode status = DriveStatusCode::completed;  // completed: valid
  std::string reason;       // for the log and the job's item list; contains no secret. Empty when valid
  ManifestSummary summary;  // complete only when valid
  bool sound() const { return status == DriveStatusCode::completed; }
};

/// Reads the manifest once, hashing and checking it in the same pass, so that nothing is copied from a drive whose
/// manifest turns out to be invalid at its end. `expected_hash` is the job's ManifestHash: an empty one is not checked,
/// one with an odd number of digits is ManifestCorrupted. The drive id is compared as in same_drive_id. Errc::cancelled
/// from the source is returned; every other failure is a verdict.
Result<ManifestVerdict> examine_manifest(ByteSource source, std::string_view expected_hash,
                                         std::string_view expected_drive_id);

}  // namespace quaymaster::drive
