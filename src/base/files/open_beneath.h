#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace quaymaster {

/// A file descriptor that is closed with it.
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
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Opens "a/b/c" beneath the directory `root` with `flags`, following no link anywhere. Answers the descriptor, or the
/// errno as a negative number: ELOOP for a link. The path is names with "/" between them, none of them empty, "." or
/// "..". With openat2 where the kernel has it and `use_openat2` says so, otherwise name by name.
int open_beneath(int root, const std::string& path, int flags, bool use_openat2 = true);

/// As open_beneath, and what is there is a regular file. A device or a FIFO is looked at without being opened, since
/// opening alone can act (a watchdog starts to count). Errc::invalid: a link, or behind one. Errc::too_large: the names
/// are too long. Errc::not_found, Errc::io. Errc::forbidden: not readable by us, or no regular file.
Result<Descriptor> open_regular_beneath(int root, const std::string& path, bool use_openat2, std::uint64_t& size);

}  // namespace quaymaster
