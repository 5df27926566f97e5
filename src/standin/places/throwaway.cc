#include "standin/places/throwaway.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace quaymaster::server {
namespace {

namespace fs = std::filesystem;

/// Enough for what tests store; containers get less by default.
constexpr std::uintmax_t kRoomInMemory = 2'000'000'000;

/// In memory, unless TMPDIR is set: what ends with the process need not reach a disk.
Path place() {
  std::error_code error;
  if (std::getenv("TMPDIR") == nullptr && fs::space("/dev/shm", error).available > kRoomInMemory && !error) {
    return fmt::format("/dev/shm/quaymaster-{}", ::getuid());
  }
  auto temporary = fs::temp_directory_path(error);
  return (error ? Path("/tmp") : temporary) / fmt::format("quaymaster-{}", ::getuid());
}

/// The place must belong to this user: the temporary directory is shared, and another user who created the place first
/// would own our data.
Result<> take_place(const Path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error(errno, fmt::format("make {}", path.native()));
  }
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    return system_error(errno, fmt::format("look at {}", path.native()));
  }
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::getuid() || (status.st_mode & 077) != 0) {
    return forbidden("{} is not a directory that only this user can use; remove it or set TMPDIR", path.native());
  }
  return ok();
}

/// The server in it holds its lock until it ends, however it ends.
bool is_running(const Path& directory) {
  const int descriptor = ::open((directory / "lock").c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) {
    return false;
  }
  const bool taken = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0;
  ::close(descriptor);
  return taken;
}

/// It may have been created but not locked yet.
bool is_being_made(const Path& directory) {
  const auto name = directory.filename().native();
  const auto process = std::atoi(name.c_str());
  return process > 0 && (::kill(process, 0) == 0 || errno == EPERM);
}

std::vector<Path> directories() {
  std::vector<Path> all;
  std::error_code error;
  for (auto it = fs::directory_iterator(place(), error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    all.push_back(it->path());
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace

Result<Throwaway> Throwaway::make() {
  static std::atomic<int> count = 0;
  const auto root = place();
  TRY(take_place(root));
  std::error_code error;
  for (const auto& left : directories()) {
    if (!is_running(left) && !is_being_made(left)) {
      fs::remove_all(left, error);
    }
  }
  const auto number = ++count;
  auto path = root / (number == 1 ? fmt::format("{}", ::getpid()) : fmt::format("{}-{}", ::getpid(), number));
  fs::remove_all(path, error);  // left by an earlier process with the same number
  if (!fs::create_directory(path, error)) {
    return system_error(error.value(), fmt::format("make {}", path.native()));
  }
  return Throwaway(std::move(path));
}

Throwaway::~Throwaway() {
  if (!path_.empty()) {
    std::error_code ignored;  // there is nobody to report it to
    fs::remove_all(path_, ignored);
  }
}

std::vector<Path> running_throwaways() {
  auto all = directories();
  std::error_code error;
  std::erase_if(all,
                [&](const Path& path) { return !fs::exists(path / "endpoints.json", error) || !is_running(path); });
  return all;
}

}  // namespace quaymaster::server
