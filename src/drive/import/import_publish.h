#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/digests/digest.h"
#include "drive/import/importer.h"
#include "drive/read/byte_source.h"

namespace quaymaster::drive {

/// Uploads a log or a manifest into the container of the diagnostics: piece by piece in bounded memory, then made
/// visible at once as a block blob of 4 MiB blocks. Not thread-safe.
class LogUpload {
 public:
  explicit LogUpload(blob::Store& blobs) : blobs_(blobs) {}
  Result<> append(Bytes bytes);
  std::uint64_t size() const { return size_ + block_size_; }

  /// Commits it as the drive's blob of this kind, under a free name, in one transaction with the progress: `place` is
  /// the member of the progress that names the blob. Errors as import_drive.
  Result<> publish(const ImportServices& services, const ImportTask& task, LogKind kind, blob::Metadata metadata,
                   std::optional<LogBlob> ImportProgress::* place, ImportHost& host, ImportProgress& progress);

 private:
  Result<> end_block();

  blob::Store& blobs_;
  Hasher md5_{HashAlgorithm::md5};
  std::unique_ptr<blob::Upload> upload_;
  std::uint64_t block_size_ = 0;
  std::uint64_t size_ = 0;
  std::vector<blob::Store::NewBlob::Part> parts_;
};

/// Backs up the manifest of the drive, redacted unless the task requests exact bytes. The blob's metadata contains the
/// original's SHA-256 and size, and whether the backup differs from it. If the drive cannot be read, the backup fails
/// but the import does not.
Result<> back_up_manifest(const ImportServices& services, const ImportTask& task, DriveReader& drive, ImportHost& host,
                          ImportProgress& progress);

/// Publishes the logs, with the status in the progress as the drive's status.
Result<> publish_logs(const ImportServices& services, const ImportTask& task, ImportHost& host,
                      ImportProgress& progress);

}  // namespace quaymaster::drive
