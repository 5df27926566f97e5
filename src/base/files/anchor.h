#pragma once

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster {

/// Errc::io: `path` no longer refers to the file that `descriptor` has open: it was removed or moved, or its file
/// system was unmounted. Whatever is written to the descriptor then cannot be found by path. Costs two system calls
/// without disk access.
Result<> expect_at(const Path& path, int descriptor);

/// A file or directory whose path must keep referring to it. Holds an O_PATH descriptor, so closing it does not release
/// locks on the file. Movable.
class Anchor {
 public:
  /// Errc::not_found.
  static Result<Anchor> at(Path path);
  Anchor(Anchor&& other) noexcept;
  Anchor& operator=(Anchor&&) = delete;
  ~Anchor();

  /// As expect_at. Succeeds again once the path refers to it again. Thread-safe.
  Result<> check() const { return expect_at(path_, descriptor_); }

 private:
  Anchor(Path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  Path path_;
  int descriptor_;
};

}  // namespace quaymaster
