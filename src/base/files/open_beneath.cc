#include "base/files/open_beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

namespace quaymaster {
namespace {

/// O_DIRECTORY reports ENOTDIR for a symlink; the caller needs to know about symlinks.
int problem_of(int directory, const std::string& name, int problem) {
  struct stat status;
  const bool is_link = problem == ENOTDIR && fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                       S_ISLNK(status.st_mode);
  return is_link ? -ELOOP : -problem;
}

int open_name_by_name(int root, const std::string& path, int flags) {
  Descriptor directory;
  for (std::size_t from = 0;;) {
    const auto slash = path.find('/', from);
    const auto name = path.substr(from, slash - from);
    const int at = directory ? directory.get() : root;
    if (slash == path.npos) {
      const int fd = openat(at, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
      return fd >= 0 ? fd : problem_of(at, name, errno);
    }
    Descriptor next(openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) {
      return problem_of(at, name, errno);
    }
    directory = std::move(next);
    from = slash + 1;
  }
}

std::atomic<bool> kernel_has_openat2{true};

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

int open_beneath(int root, const std::string& path, int flags, bool use_openat2) {
  if (use_openat2 && kernel_has_openat2 && path.size() < PATH_MAX) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_NOFOLLOW | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto fd = syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
      if (fd >= 0) {
        return static_cast<int>(fd);
      }
      if (errno == EAGAIN || errno == EINTR) {
        continue;  // something was renamed during the lookup
      }
      if (errno == ENOTDIR) {
        break;  // also for a symlink; opening name by name distinguishes the two
      }
      if (errno != ENOSYS && errno != EPERM && errno != EINVAL && errno != E2BIG) {
        return -errno;
      }
      // Old kernels lack the call and sandboxes forbid it. EPERM may also come from the file itself, which opening name
      // by name will report again.
      if (errno == ENOSYS) {
        kernel_has_openat2 = false;
      }
      break;
    }
  }
  return open_name_by_name(root, path, flags);
}

Result<Descriptor> open_regular_beneath(int root, const std::string& path, bool use_openat2, std::uint64_t& size) {
  const auto failed = [&](int problem) -> Error {
    switch (problem) {
      case ELOOP:
        return invalid("{} is a symbolic link or is reached through one", path);
      case ENAMETOOLONG:
        return too_large("{}: {}", path, std::strerror(problem));
      case ENOENT:
      case ENOTDIR:
        return not_found("{}: {}", path, std::strerror(problem));
      case EACCES:
      case EPERM:
        return forbidden("{}: {}", path, std::strerror(problem));
      default:
        return io("{}: {}", path, std::strerror(problem));
    }
  };
  const auto look = [&](int fd) -> Result<> {
    struct stat status;
    if (fstat(fd, &status) != 0) {
      return failed(errno);
    }
    if (S_ISLNK(status.st_mode)) {
      return failed(ELOOP);
    }
    if (!S_ISREG(status.st_mode)) {
      return forbidden("{} is not a regular file", path);
    }
    size = static_cast<std::uint64_t>(status.st_size);
    return ok();
  };

  const int seen = open_beneath(root, path, O_PATH, use_openat2);
  if (seen < 0) {
    return failed(-seen);
  }
  const Descriptor place(seen);
  TRY(look(seen));
  // Opens what was checked, even if something else has this name by now.
  const auto checked = "/proc/self/fd/" + std::to_string(seen);
  Descriptor file(::open(checked.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) {
    return failed(errno);
  }
  return file;
}

}  // namespace quaymaster
