#include "drive/read/drive_root.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/files/open_beneath.h"
#include "drive/read/drive_file.h"
#include "drive/read/drive_names.h"
#include "drive/read/drive_path.h"

namespace quaymaster::drive {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string path;
  for (const auto& name : names) {
    if (!path.empty()) {
      path.push_back('/');
    }
    path += name;
  }
  return path;
}

}  // namespace

class DriveRoot::Impl {
 public:
  Impl(Path directory, Descriptor root, Options options)
      : directory_(std::move(directory)), root_(std::move(root)), options_(options), names_(options.name_bytes) {}

  Result<std::unique_ptr<DriveFile>> open(std::string_view path) {
    TRY(const auto names, split_drive_path(path));
    auto opened = open_exactly(joined(names));
    if (!opened && opened.error().kind() == Errc::not_found) {
      opened = open_exactly(without_case(names));
    }
    return opened;
  }

  Result<> check_present() {
    struct stat here;
    struct stat there;
    if (fstat(root_.get(), &here) != 0) {
      return io("root of the drive: {}", std::strerror(errno));
    }
    if (stat(directory_.c_str(), &there) != 0 || here.st_dev != there.st_dev || here.st_ino != there.st_ino) {
      return not_found("it is no longer where it was");
    }
    const int fd = openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
      return io("root of the drive: {}", std::strerror(errno));
    }
    DIR* stream = fdopendir(fd);
    if (stream == nullptr) {
      const Descriptor closes(fd);
      return io("root of the drive: {}", std::strerror(errno));
    }
    errno = 0;
    const bool answered = readdir(stream) != nullptr || errno == 0;
    const int problem = errno;
    closedir(stream);
    if (!answered) {
      return io("root of the drive: {}", std::strerror(problem));
    }
    return ok();
  }

  const Path& directory() const { return directory_; }

 private:
  Result<std::unique_ptr<DriveFile>> open_exactly(const std::string& path) {
    std::uint64_t size = 0;
    TRY(auto file, open_regular_beneath(root_.get(), path, options_.use_openat2, size));
    return make_drive_file(std::move(file), size);
  }

  /// A name without a match is kept, and opening it then reports the error.
  std::string without_case(const std::vector<std::string>& names) {
    std::string path;
    for (const auto& name : names) {
      const auto real = names_.find(root_.get(), path, name).value_or(name);
      if (!path.empty()) {
        path.push_back('/');
      }
      path += real;
    }
    return path;
  }

  const Path directory_;
  const Descriptor root_;
  const Options options_;
  DriveNames names_;
};

DriveRoot::DriveRoot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DriveRoot::~DriveRoot() = default;

Result<std::unique_ptr<DriveRoot>> DriveRoot::at(const Path& directory, Options options) {
  Descriptor root(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) {
    const int problem = errno;
    if (problem == ENOTDIR) {
      return invalid("{} is not a directory", directory.string());
    }
    return system_error(problem, directory.string());
  }
  return std::unique_ptr<DriveRoot>(new DriveRoot(std::make_unique<Impl>(directory, std::move(root), options)));
}

Result<std::unique_ptr<DriveRoot>> DriveRoot::of(const OpenDirectory& opened, const Path& directory) {
  Descriptor root(::openat(opened.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) {
    return system_error(errno, directory.string());
  }
  return std::unique_ptr<DriveRoot>(new DriveRoot(std::make_unique<Impl>(directory, std::move(root), Options{})));
}

Result<std::unique_ptr<DriveFile>> DriveRoot::open(std::string_view path) {
  return impl_->open(path);
}
Result<> DriveRoot::check_present() {
  return impl_->check_present();
}
const Path& DriveRoot::directory() const {
  return impl_->directory();
}

Result<Buffer> read_drive_file(DriveReader& drive, std::string_view path, std::uint64_t limit) {
  TRY(const auto file, drive.open(path));
  if (file->size() > limit) {
    return corrupt("{} has {} bytes, at most {} are expected", path, file->size(), limit);
  }
  Buffer bytes(file->size());
  TRY(const auto size, file->read_at(bytes, 0));
  bytes.resize(size);
  return bytes;
}

}  // namespace quaymaster::drive
