#include "workload/files/handle.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "workload/files/catalog_entry.h"

namespace quaymaster::workload {
namespace {

FileTime time_of(const struct timespec& time) {
  return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

}  // namespace

void Handle::reset() {
  if (descriptor_ >= 0) {
    ::close(std::exchange(descriptor_, -1));
  }
}

Handle open_at(int directory, const char* name, int flags, mode_t mode) {
  flags |= O_CLOEXEC | O_NOFOLLOW;
  // Only a file's owner may suppress the update of its access time.
  int descriptor = (flags & O_ACCMODE) == O_RDONLY ? ::openat(directory, name, flags | O_NOATIME, mode) : -1;
  if (descriptor < 0 && ((flags & O_ACCMODE) != O_RDONLY || errno == EPERM)) {
    descriptor = ::openat(directory, name, flags, mode);
  }
  return Handle(descriptor);
}

TreeEntry entry_of(const struct stat& status) {
  TreeEntry entry;
  switch (status.st_mode & S_IFMT) {
    case S_IFDIR:
      entry.kind = EntryKind::directory;
      break;
    case S_IFLNK:
      entry.kind = EntryKind::symlink;
      break;
    case S_IFIFO:
      entry.kind = EntryKind::fifo;
      break;
    case S_IFSOCK:
      entry.kind = EntryKind::socket;
      break;
    case S_IFCHR:
      entry.kind = EntryKind::character_device;
      break;
    case S_IFBLK:
      entry.kind = EntryKind::block_device;
      break;
    default:
      entry.kind = EntryKind::file;
  }
  entry.mode = status.st_mode & 07777;
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.modified = time_of(status.st_mtim);
  entry.changed = time_of(status.st_ctim);
  entry.inode = status.st_ino;
  entry.device = status.st_dev;
  entry.links = entry.kind == EntryKind::directory ? 1 : status.st_nlink;
  entry.size = entry.kind == EntryKind::file ? static_cast<std::uint64_t>(status.st_size) : 0;
  entry.device_number = status.st_rdev;
  return entry;
}

bool same_state(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && time_of(a.st_mtim) == time_of(b.st_mtim) &&
         time_of(a.st_ctim) == time_of(b.st_ctim);
}

FileTime racy_since(Clock& clock) {
  constexpr std::chrono::seconds kRacy{2};  // the coarsest time stamps of any file system
  const auto ticks = (clock.now() - kRacy).time_since_epoch().count();
  return {ticks / Ticks::period::den, static_cast<std::uint32_t>(ticks % Ticks::period::den * 100)};
}

AttributePath::AttributePath(int directory, const std::string& name)
    : path_(fmt::format("/proc/self/fd/{}/{}", directory, name)) {}

ssize_t AttributePath::list(char* into, std::size_t size) const {
  return descriptor_ >= 0 ? ::flistxattr(descriptor_, into, size) : ::llistxattr(path_.c_str(), into, size);
}

ssize_t AttributePath::get(const char* name, void* into, std::size_t size) const {
  return descriptor_ >= 0 ? ::fgetxattr(descriptor_, name, into, size) : ::lgetxattr(path_.c_str(), name, into, size);
}

Result<std::vector<std::pair<std::string, Buffer>>> AttributePath::read(bool& incomplete) const {
  std::vector<std::pair<std::string, Buffer>> attributes;
  char some[1024];
  auto size = list(some, sizeof some);
  if (size == 0) {
    return attributes;
  }
  std::string names(some, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (size < 0 && errno == ERANGE) {
    names.resize(64 * kKiB);  // the kernel's limit
    size = list(names.data(), names.size());
    names.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  if (size < 0 && (errno == ENOTSUP || errno == ENOENT || errno == ENOSYS)) {
    return attributes;
  }
  if (size < 0) {
    return system_error(errno, "list the attributes");
  }
  Buffer value(64 * kKiB);
  std::size_t total = 0;
  for (std::size_t at = 0; at < names.size(); at += std::strlen(names.c_str() + at) + 1) {
    const std::string name = names.c_str() + at;
    const auto length = get(name.c_str(), value.data(), value.size());
    if (length < 0) {  // removed meanwhile, or not permitted
      incomplete = incomplete || errno != ENODATA;
      continue;
    }
    total += name.size() + static_cast<std::size_t>(length);
    if (total > kMostAttributeBytes) {
      incomplete = true;
      break;
    }
    attributes.emplace_back(name, Buffer(value.begin(), value.begin() + length));
  }
  std::ranges::sort(attributes);
  return attributes;
}

Result<> AttributePath::write(const std::string& name, Bytes value) const {
  const int answer = descriptor_ >= 0 ? ::fsetxattr(descriptor_, name.c_str(), value.data(), value.size(), 0)
                                      : ::lsetxattr(path_.c_str(), name.c_str(), value.data(), value.size(), 0);
  if (answer == 0) {
    return ok();
  }
  if (errno == ENOTSUP) {
    return unsupported("this file system does not support the attribute {}", name);
  }
  return system_error(errno, fmt::format("set the attribute {}", name));
}

Result<std::vector<NamedType>> list_names(int directory) {
  std::vector<NamedType> names;
  alignas(struct dirent64) char buffer[32 * kKiB];
  for (;;) {
    const auto size = ::getdents64(directory, buffer, sizeof buffer);
    if (size < 0) {
      return system_error(errno, "list a directory");
    }
    if (size == 0) {
      return names;
    }
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const struct dirent64*>(buffer + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        names.push_back({std::string(name), entry->d_type});
      }
    }
  }
}

}  // namespace quaymaster::workload
