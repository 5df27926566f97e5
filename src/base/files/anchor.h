#pragma once

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster {

/// Errc::io: `path` does not lead to the file that `descriptor` has open: it was removed or moved, or the file system
/// below it was unmounted. What is written to the descriptor then is lost to whoever opens the path. Costs two system
/// calls that touch no disk.
Result<> expect_at(const Path& path, int descriptor);

/// A file or directory whose path must go on leading to it. Holds a descriptor that opens nothing (O_PATH), so it takes
/// no lock of the file along when it is closed. Movable.
class Anchor {
 public:
  /// Errc::not_found.
  static Result<Anchor> at(Path path);
  Anchor(Anchor&& other) noexcept;
  Anchor& operator=(Anchor&&) = delete;
  ~Anchor();

  /// As expect_at. Once the path leads to it again, it is fine again. Thread-safe.
  Result<> check() const { return expect_at(path_, descriptor_); }

 private:
  Anchor(Path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  Path path_;
  int descriptor_;
};

}  // namespace quaymaster
