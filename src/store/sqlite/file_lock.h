#pragma once

#include "base/files/disk.h"

namespace quaymaster::store {

/// Holds a lock on a file for as long as it lives; the kernel releases it when the process dies. The file is never
/// removed: otherwise two processes could lock two files of the same name.
class FileLock {
 public:
  /// Creates the file (mode 0600) when it is missing. Errc::busy: it is locked, by this process or another.
  static Result<FileLock> take(const Path& path);
  FileLock() = default;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace quaymaster::store
