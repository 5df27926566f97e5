#pragma once

#include "base/files/disk.h"

namespace quaymaster::store {

/// Holds a lock file for as long as it lives; the kernel lets go of it when the process dies. The file stays: removing
/// it would let two processes hold "the" lock on two files of one name.
class FileLock {
 public:
  /// Makes the file (mode 0600) when it is missing. Errc::busy: somebody holds it, in this process or another.
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
