#include "drive/prepare/source_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/files/open_beneath.h"
#include "drive/read/drive_file.h"

namespace quaymaster::drive {
namespace {

struct Identity {
  dev_t device = 0;
  ino_t node = 0;
  bool operator==(const Identity&) const = default;
};
Identity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

class DirectorySource final : public SourceTree {
 public:
  DirectorySource(Descriptor root, std::optional<std::string> only, Identity excluded)
      : root_(std::move(root)), only_(std::move(only)), excluded_(excluded) {}

  Result<std::vector<SourceName>> list(const std::string& directory) override {
    const int fd = open_beneath(root_.get(), directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
      return system_error(-fd, "list " + directory);
    }
    DIR* stream = fdopendir(fd);
    if (stream == nullptr) {
      const Descriptor closes(fd);
      return system_error(errno, "list " + directory);
    }
    std::vector<SourceName> names;
    errno = 0;
    while (const dirent* entry = readdir(stream)) {
      const std::string name = entry->d_name;
      struct stat status;
      const bool wanted = name != "." && name != ".." && (!only_ || name == *only_);
      // A name that has been removed meanwhile is skipped.
      if (wanted && fstatat(dirfd(stream), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        names.push_back(described(name, status));
      }
      errno = 0;
    }
    const int problem = errno;
    closedir(stream);
    if (problem != 0) {
      return system_error(problem, "list " + directory);
    }
    return names;
  }

  Result<std::unique_ptr<DriveFile>> open(const std::string& path) override {
    std::uint64_t size = 0;
    TRY(auto file, open_regular_beneath(root_.get(), path, true, size));
    return make_drive_file(std::move(file), size);
  }

 private:
  SourceName described(const std::string& name, const struct stat& status) const {
    SourceName described{name, FileKind::other, 0, identity_of(status) == excluded_};
    if (S_ISREG(status.st_mode)) {
      described.kind = FileKind::regular;
      described.size = static_cast<std::uint64_t>(status.st_size);
    } else if (S_ISDIR(status.st_mode)) {
      described.kind = FileKind::directory;
    } else if (S_ISLNK(status.st_mode)) {
      described.kind = FileKind::symlink;
    }
    return described;
  }

  const Descriptor root_;
  const std::optional<std::string> only_;
  const Identity excluded_;
};

}  // namespace

Result<std::unique_ptr<SourceTree>> open_source(const Path& source, const Path& excluded) {
  struct stat of_drive;
  struct stat of_source;
  if (stat(excluded.c_str(), &of_drive) != 0) {
    return system_error(errno, excluded.string());
  }
  if (stat(source.c_str(), &of_source) != 0) {
    return system_error(errno, source.string());
  }
  const auto full = std::filesystem::absolute(source);
  for (auto above = std::filesystem::weakly_canonical(full); !above.empty(); above = above.parent_path()) {
    struct stat status;
    if (stat(above.c_str(), &status) == 0 && identity_of(status) == identity_of(of_drive)) {
      return invalid("the source {} is on the drive", source.string());
    }
    if (above == above.parent_path()) {
      break;
    }
  }
  const bool is_file = S_ISREG(of_source.st_mode);
  if (!is_file && !S_ISDIR(of_source.st_mode)) {
    return invalid("{} is neither a directory nor a regular file", source.string());
  }
  const auto real = std::filesystem::weakly_canonical(full);
  Descriptor root(::open((is_file ? real.parent_path() : real).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) {
    return system_error(errno, source.string());
  }
  std::optional<std::string> only;
  if (is_file) {
    only = real.filename().string();
  }
  return std::make_unique<DirectorySource>(std::move(root), std::move(only), identity_of(of_drive));
}

}  // namespace quaymaster::drive
