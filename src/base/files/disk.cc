#include "base/files/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace quaymaster {
namespace {

Error failed(const char* what, const Path& path) {
  return system_error(errno, fmt::format("{} {}", what, path.native()));
}

class SystemFile final : public File {
 public:
  SystemFile(int descriptor, Path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~SystemFile() override { ::close(descriptor_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto count =
          ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return failed("read", path_);
      }
      if (count == 0) {
        break;
      }
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Result<> write_at(Bytes bytes, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto count =
          ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return failed("write", path_);
      }
      done += static_cast<std::size_t>(count);
    }
    return ok();
  }

  Result<> sync() override {
    if (::fdatasync(descriptor_) != 0) {
      return failed("sync", path_);
    }
    return ok();
  }

  Result<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) {
      return failed("stat", path_);
    }
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      return failed("truncate", path_);
    }
    return ok();
  }

  Result<> reserve(std::uint64_t offset, std::uint64_t size) override {
    if (::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(size)) != 0 &&
        errno != EOPNOTSUPP && errno != ENOSYS) {
      return failed("reserve", path_);
    }
    return ok();
  }

  int descriptor() const override { return descriptor_; }

 private:
  int descriptor_;
  Path path_;
};

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
  return std::unique_ptr<File>(std::make_unique<SystemFile>(descriptor, path));
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
