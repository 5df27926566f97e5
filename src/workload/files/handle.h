#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>

#include "workload/tree.h"

namespace quaymaster::workload {

/// An open descriptor, closed at the end. Trees are read and written through descriptors and single names only, so that
/// nobody can lead us elsewhere by exchanging a directory for a symlink.
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

/// openat with O_CLOEXEC and O_NOFOLLOW added, and O_NOATIME where that is allowed. On failure the handle is empty and
/// errno set.
Handle open_at(int directory, const char* name, int flags, mode_t mode = 0);

/// Kind, mode, owner, times, size, links, … of what was asked. Path, target and attributes stay empty.
TreeEntry entry_of(const struct stat& status);
/// `changed`, `modified`, size and inode agree: nobody wrote to it in between.
bool same_state(const struct stat& a, const struct stat& b);

/// A file that changed since then may change once more and leave no trace in its times.
FileTime racy_since(Clock& clock);

/// A file by descriptor, or a name in a directory that is not opened and not followed.
class AttributePath {
 public:
  explicit AttributePath(int descriptor) : descriptor_(descriptor) {}
  AttributePath(int directory, const std::string& name);

  /// Extended attributes by name, in order. Those that do not fit into kMostAttributeBytes are left out and
  /// `incomplete` is set. Errc::io; a file system without attributes has none.
  Result<std::vector<std::pair<std::string, Buffer>>> read(bool& incomplete) const;
  /// Errc::unsupported: not on this file system. Errc::forbidden.
  Result<> write(const std::string& name, Bytes value) const;

 private:
  ssize_t list(char* into, std::size_t size) const;
  ssize_t get(const char* name, void* into, std::size_t size) const;

  int descriptor_ = -1;
  std::string path_;  // below /proc/self/fd, when there is no descriptor
};

/// The names in a directory with their d_type, "." and ".." left out, in no order.
struct NamedType {
  std::string name;
  unsigned char type;
};
Result<std::vector<NamedType>> list_names(int directory);

}  // namespace quaymaster::workload
