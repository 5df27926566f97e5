#pragma once

#include <memory>

#include "base/result.h"
#include "drive/format/manifest.h"
#include "drive/read/byte_source.h"

namespace quaymaster::drive {

/// Reads a manifest of any size in bounded memory: the maximum of one blob (50,000 blocks, kMostPageRanges page ranges,
/// texts of at most 1 MiB) and the few blobs of one piece read ahead.
///
/// Errors: Errc::invalid or too_large with line and column: the manifest violates its format, ManifestFormatInvalid
/// (see manifest_status). Otherwise the errors of the source. After an error every call returns it again. A returned
/// entry is valid by itself, but a later part may still violate the format: examine_manifest checks all of it first.
/// Not thread-safe.
class ManifestReader {
 public:
  explicit ManifestReader(ByteSource source);
  ~ManifestReader();
  ManifestReader(ManifestReader&&) noexcept;
  ManifestReader& operator=(ManifestReader&&) noexcept;

  /// Everything before the first BlobList. The pointer is to a member of the reader, never null.
  Result<const ManifestHeader*> header();
  /// The next blob into `entry`; false at the end, when the whole document has been
  /// checked. `entry` is unspecified on failure.
  Result<bool> next(BlobEntry& entry);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace quaymaster::drive
