#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace quaymaster {

/// An owned file descriptor, closed by the destructor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Opens "a/b/c" beneath the directory `root` with `flags`, following no symlink at all. Returns the descriptor, or the
/// errno as a negative number: ELOOP for a symlink. The path is a list of names separated by "/", none of them empty,
/// "." or "..". Uses openat2 where the kernel has it and `use_openat2` allows it, otherwise opens name by name.
int open_beneath(int root, const std::string& path, int flags, bool use_openat2 = true);

/// As open_beneath, but only for regular files. A device or a FIFO is checked without being opened, since opening alone
/// can have effects (a watchdog starts). Errc::invalid: a symlink, or a path through one. Errc::too_large: the names
/// are too long. Errc::not_found, Errc::io. Errc::forbidden: not readable by us, or not a regular file.
Result<Descriptor> open_regular_beneath(int root, const std::string& path, bool use_openat2, std::uint64_t& size);

}  // namespace quaymaster
