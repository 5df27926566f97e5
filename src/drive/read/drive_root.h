#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/files/confined.h"
#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::drive {

/// A regular file of a drive, open for reading. One thread at a time.
class DriveFile {
 public:
  virtual ~DriveFile() = default;
  /// Reads up to `into.size()` bytes; fewer only at the current end of the file: a file may shrink while it is read.
  /// Errc::io: the medium failed.
  virtual Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) = 0;
  /// As of the time the file was opened.
  virtual std::uint64_t size() const = 0;
};

/// All access to a foreign drive goes through this. Paths are those of a manifest: relative to the root of the drive,
/// separated by "\" or "/", with or without leading ones. Thread-safe. Tests pass drives that fail.
///
/// Errors of `open`, each the cause of one status of a copy log (import-export reference, 9 and 10.5):
///   Errc::invalid    FileNameInvalid: empty, "..", ":" (drive letters, alternate streams), a zero byte, not UTF-8, a
///                    symbolic link anywhere in it
///   Errc::too_large  FileNameTooLong: a name over 255 bytes or UTF-16 units, a path over 32767
///   Errc::not_found  FileNotFound
///   Errc::forbidden  FileAccessDenied: not readable by us, or not a regular file (directory, device, FIFO, socket)
///   Errc::io         IOFailed
class DriveReader {
 public:
  virtual ~DriveReader() = default;
  virtual Result<std::unique_ptr<DriveFile>> open(std::string_view path) = 0;
  /// Is the drive still present, and does its root respond? Errc::not_found: it was removed. Errc::io: it is broken.
  virtual Result<> check_present() = 0;
};

/// The drive mounted at `directory`. The directory itself is trusted and may be reached through symlinks (`at`), or was
/// opened by another rule (`of`); nothing below it is trusted. The kernel resolves every path beneath the root and
/// without following symlinks (openat2); where it cannot, we do so name by name.
///
/// Names are matched exactly first and, as on NTFS, without case when there is no exact match. The names of a directory
/// are cached for that, up to `name_bytes` for all of them; a single directory that needs more is matched exactly only.
class DriveRoot final : public DriveReader {
 public:
  struct Options {
    std::size_t name_bytes = 32 * kMiB;
    bool use_openat2 = true;  // false: name by name, for tests and old kernels
  };
  /// Errc::not_found: it does not exist. Errc::invalid: not a directory. Errc::forbidden, Errc::io.
  static Result<std::unique_ptr<DriveRoot>> at(const Path& directory, Options options);
  static Result<std::unique_ptr<DriveRoot>> at(const Path& directory) { return at(directory, Options{}); }
  /// A directory opened earlier; `directory`: its path, for check_present and for people.
  static Result<std::unique_ptr<DriveRoot>> of(const OpenDirectory& opened, const Path& directory);
  ~DriveRoot() override;

  Result<std::unique_ptr<DriveFile>> open(std::string_view path) override;
  Result<> check_present() override;

  /// Where it is mounted, as given.
  const Path& directory() const;

 private:
  class Impl;
  explicit DriveRoot(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads a whole file of at most `limit` bytes. Errors as DriveReader::open; Errc::corrupt: larger than `limit`.
Result<Buffer> read_drive_file(DriveReader& drive, std::string_view path, std::uint64_t limit);

}  // namespace quaymaster::drive
