#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>

#include "workload/tree.h"

namespace quaymaster::workload {

/// An owned descriptor, closed by the destructor. Trees are read and written only through descriptors and single names,
/// so that exchanging a directory for a symlink cannot lead elsewhere.
class Handle {
 public:
  Handle() = default;
  explicit Handle(int descriptor) : descriptor_(descriptor) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    reset();
    descriptor_ = std::exchange(other.descriptor_, -1);
    return *this;
  }
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }
  void reset();

 private:
  int descriptor_ = -1;
};

/// openat with O_CLOEXEC and O_NOFOLLOW added, and O_NOATIME where permitted. On failure the handle is empty and errno
/// is set.
Handle open_at(int directory, const char* name, int flags, mode_t mode = 0);

/// Kind, mode, owner, times, size, links, … from `status`. Path, target and attributes stay empty.
TreeEntry entry_of(const struct stat& status);
/// `changed`, `modified`, size and inode are equal: not written in between.
bool same_state(const struct stat& a, const struct stat& b);

/// A file that changed after this time may change again without a trace in its times.
FileTime racy_since(Clock& clock);

/// A file by descriptor, or by name in a directory, without opening or following it.
class AttributePath {
 public:
  explicit AttributePath(int descriptor) : descriptor_(descriptor) {}
  AttributePath(int directory, const std::string& name);

  /// Extended attributes by name, in order. Those beyond kMostAttributeBytes are left out and `incomplete` is set.
  /// Errc::io; empty on a file system without attributes.
  Result<std::vector<std::pair<std::string, Buffer>>> read(bool& incomplete) const;
  /// Errc::unsupported: not on this file system. Errc::forbidden.
  Result<> write(const std::string& name, Bytes value) const;

 private:
  ssize_t list(char* into, std::size_t size) const;
  ssize_t get(const char* name, void* into, std::size_t size) const;

  int descriptor_ = -1;
  std::string path_;  // through /proc/self/fd, when there is no descriptor
};

/// The names in a directory with their d_type, without "." and "..", in any order.
struct NamedType {
  std::string name;
  unsigned char type;
};
Result<std::vector<NamedType>> list_names(int directory);

}  // namespace quaymaster::workload
