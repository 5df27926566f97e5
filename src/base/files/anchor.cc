#include "base/files/anchor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace quaymaster {

Result<> expect_at(const Path& path, int descriptor) {
  struct stat held{};
  if (::fstat(descriptor, &held) != 0) {
    return system_error(errno, fmt::format("stat what was opened as {}", path.native()));
  }
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0 || found.st_dev != held.st_dev || found.st_ino != held.st_ino) {
    return io("{} is no longer the file that was opened: its directory was removed, moved or unmounted", path.native());
  }
  return ok();
}

Result<Anchor> Anchor::at(Path path) {
  const int descriptor = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor < 0) {
    return system_error(errno, fmt::format("open {}", path.native()));
  }
  return Anchor(std::move(path), descriptor);
}

Anchor::Anchor(Anchor&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Anchor::~Anchor() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

}  // namespace quaymaster
