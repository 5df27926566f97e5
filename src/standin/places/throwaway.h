#pragma once

#include <memory>
#include <vector>

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::server {

/// A data directory for one run of a test server: below a place in the temporary directory that belongs to this user
/// (TMPDIR/quaymaster-UID/PROCESS; without TMPDIR in memory where there is some), where `quaymaster env` finds it. Gone
/// with the object; what a killed process left is removed by the next one that makes its own.
class Throwaway {
 public:
  /// Errc::forbidden: the place belongs to somebody else.
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
