#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "drive/format/drive_journal.h"
#include "drive/prepare/prepare.h"
#include "drive/prepare/source_walk.h"

namespace quaymaster::drive {

/// Copies the files of a source after `after` into a directory of the drive: one thread reads, the caller's thread
/// hashes (several blocks side by side) and writes. Files are recorded in groups: written, synced together, and only
/// then committed to the journal, so that a recorded file is complete. Files without a record are overwritten.
class PrepareCopy {
 public:
  struct Place {
    Path directory;           // the session's directory on the drive
    std::string file_prefix;  // "\session1\", prefix of the paths in the manifest
    std::string blob_prefix;  // "container/prefix/"
  };
  /// A file that is on the drive and recorded, or was skipped and why.
  struct Events {
    std::function<Result<>(std::uint64_t bytes)> copied_bytes;
    std::function<void(std::uint64_t bytes)> recorded_file;
    std::function<void(const std::string& path, std::string_view reason)> skipped;
  };

  PrepareCopy(Disk& disk, SourceTree& source, DriveJournal& journal, const PrepareLimits& limits, Place place,
              Events events)
      : disk_(disk),
        source_(source),
        journal_(journal),
        limits_(limits),
        place_(std::move(place)),
        events_(std::move(events)) {}

  /// Errors as prepare_drive.
  Result<> run(const std::string& after);

 private:
  Disk& disk_;
  SourceTree& source_;
  DriveJournal& journal_;
  const PrepareLimits& limits_;
  const Place place_;
  const Events events_;
};

}  // namespace quaymaster::drive
