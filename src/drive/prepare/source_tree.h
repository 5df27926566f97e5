#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files/disk.h"
#include "base/result.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

/// One name in a directory of a source.
struct SourceName {
  std::string name;  // bytes as the file system has them
  FileKind kind = FileKind::other;
  std::uint64_t size = 0;    // of a regular file
  bool is_excluded = false;  // the drive itself
};

/// The source of a drive. Paths are relative, separated by "/", made of the names that `list` returned; symlinks are
/// not followed. Thread-safe. Tests pass sources that fail.
class SourceTree {
 public:
  virtual ~SourceTree() = default;
  /// The names in a directory ("" is the root), in any order. Errc::forbidden, not_found, io.
  virtual Result<std::vector<SourceName>> list(const std::string& directory) = 0;
  /// Opens a regular file. Errors as DriveReader::open.
  virtual Result<std::unique_ptr<DriveFile>> open(const std::string& path) = 0;
};

/// The directory `source`, or the single file that it names. `excluded`, the directory of the drive, is recognised by
/// its identity wherever it appears. Errc::not_found, forbidden; Errc::invalid: neither a directory nor a regular file,
/// or inside `excluded`.
Result<std::unique_ptr<SourceTree>> open_source(const Path& source, const Path& excluded);

}  // namespace quaymaster::drive
