#include "base/files/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files/system_file.h"

namespace quaymaster {
namespace {

Error failed(const char* what, const Path& path) {
  return system_error(errno, fmt::format("{} {}", what, path.native()));
}

int flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return O_RDONLY;
    case OpenMode::write:
      return O_RDWR;
    case OpenMode::create:
      return O_RDWR | O_CREAT;
    case OpenMode::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

}  // namespace

Result<std::unique_ptr<File>> SystemDisk::open(const Path& path, OpenMode mode) {
  const int descriptor = ::open(path.c_str(), flags(mode) | O_CLOEXEC, access_ == Access::ours ? 0600 : 0666);
  if (descriptor < 0) {
    return failed("open", path);
  }
  return system_file(descriptor, path);
}

Result<FileStatus> SystemDisk::status(const Path& path) {
  struct stat s{};
  if (::lstat(path.c_str(), &s) != 0) {
    return failed("stat", path);
  }
  const auto kind = S_ISREG(s.st_mode)   ? FileKind::regular
                    : S_ISDIR(s.st_mode) ? FileKind::directory
                    : S_ISLNK(s.st_mode) ? FileKind::symlink
                                         : FileKind::other;
  const Ticks modified = std::chrono::seconds{s.st_mtim.tv_sec} + Ticks{s.st_mtim.tv_nsec / 100};
  return FileStatus{kind, static_cast<std::uint64_t>(s.st_size), Time{modified}};
}

Result<std::vector<std::string>> SystemDisk::list(const Path& directory) {
  DIR* stream = ::opendir(directory.c_str());
  if (stream == nullptr) {
    return failed("list", directory);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(name);
    }
    errno = 0;
  }
  const int error = errno;
  ::closedir(stream);
  if (error != 0) {
    return system_error(error, fmt::format("list {}", directory.native()));
  }
  return names;
}

Result<> SystemDisk::make_directories(const Path& path) {
  struct stat s{};
  if (::stat(path.c_str(), &s) == 0) {
    if (S_ISDIR(s.st_mode)) {
      return ok();
    }
    return system_error(ENOTDIR, fmt::format("make directory {}", path.native()));
  }
  const auto parent = path.parent_path();
  if (!parent.empty() && parent != path) {
    TRY(make_directories(parent));
  }
  TRY(make_directory(path));
  return sync_directory(parent.empty() ? Path(".") : parent);
}

Result<> SystemDisk::make_directory(const Path& path) {
  if (::mkdir(path.c_str(), access_ == Access::ours ? 0700 : 0777) == 0) {
    return ok();
  }
  if (errno != EEXIST) {
    return failed("make directory", path);
  }
  TRY(const auto there, status(path));
  if (there.kind != FileKind::directory) {
    return system_error(ENOTDIR, fmt::format("make directory {}", path.native()));
  }
  return ok();
}

Result<> SystemDisk::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return failed("rename", from);
  }
  TRY(sync_directory(to.parent_path()));
  if (from.parent_path() != to.parent_path()) {
    TRY(sync_directory(from.parent_path()));
  }
  return ok();
}

Result<> SystemDisk::rename_new(const Path& from, const Path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
    return ok();
  }
  if (errno != EINVAL && errno != ENOSYS) {
    return failed("rename", from);
  }
  // File systems without the flag (NFS, some FUSE): link() also fails when the name is taken.
  if (::link(from.c_str(), to.c_str()) != 0) {
    return failed("link", from);
  }
  if (::unlink(from.c_str()) != 0) {
    return failed("remove", from);
  }
  return ok();
}

Result<> SystemDisk::remove(const Path& path) {
  if (::remove(path.c_str()) != 0) {
    return failed("remove", path);
  }
  return ok();
}

Result<> SystemDisk::sync_directory(const Path& path) {
  const auto directory = path.empty() ? Path(".") : path;
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return failed("open", directory);
  }
  const bool synced = ::fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  if (!synced) {
    return system_error(error, fmt::format("sync {}", directory.native()));
  }
  return ok();
}

Result<> SystemDisk::sync_all(const Path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return failed("open", path);
  }
  const bool synced = ::syncfs(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  if (!synced) {
    return system_error(error, fmt::format("sync the file system of {}", path.native()));
  }
  return ok();
}

Result<std::uint64_t> SystemDisk::free_bytes(const Path& path) {
  struct statvfs s{};
  if (::statvfs(path.c_str(), &s) != 0) {
    return failed("statvfs", path);
  }
  return static_cast<std::uint64_t>(s.f_bavail) * s.f_frsize;
}

Result<Buffer> read_file(Disk& disk, const Path& path, std::uint64_t limit) {
  TRY(const auto file, disk.open(path, OpenMode::read));
  TRY(const auto size, file->size());
  if (size > limit) {
    return too_large("{} has {} bytes, the limit is {}", path.native(), size, limit);
  }
  Buffer bytes(size);
  TRY(const auto count, file->read_at(bytes, 0));
  bytes.resize(count);
  return bytes;
}

Result<> replace_file(Disk& disk, const Path& path, Bytes bytes) {
  auto fresh = path;
  fresh += ".new";
  {
    TRY(const auto file, disk.open(fresh, OpenMode::create));
    TRY(file->truncate(0));
    TRY(file->write_at(bytes, 0));
    TRY(file->sync());
  }
  return disk.rename(fresh, path);
}

}  // namespace quaymaster
