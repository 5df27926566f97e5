#pragma once

#include <memory>
#include <vector>

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::server {

/// A data directory for one run of a test server, below a directory in the temporary directory that belongs to this
/// user (TMPDIR/quaymaster-UID/PROCESS; without TMPDIR in memory if possible), where `quaymaster env` finds it. Deleted
/// with the object; what a killed process left is removed when the next one is created.
class Throwaway {
 public:
  /// Errc::forbidden: the place belongs to another user.
  static Result<Throwaway> make();
  Throwaway(Throwaway&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Throwaway& operator=(Throwaway&&) = delete;
  ~Throwaway();
  const Path& path() const { return path_; }

 private:
  explicit Throwaway(Path path) : path_(std::move(path)) {}
  Path path_;
};

/// The throwaway data directories of this user's running servers.
std::vector<Path> running_throwaways();

}  // namespace quaymaster::server
