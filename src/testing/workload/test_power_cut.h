#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "testing/workload/test_place.h"
#include "workload/sync.h"

namespace quaymaster::workload::test {

/// A file system that loses unsynced data in a power failure, as ext4 may: names, sizes, modes, times and links are
/// committed at once; bytes only by a sync, and without one they are zeros, or the file has no size yet. Keeps what is
/// durable in its own directory, so that it outlives a process that dies.
class PowerCut final : public Sync {
 public:
  enum class Keeps { size, no_size };

  PowerCut(Path tree, Path durable) : tree_(std::move(tree)), durable_(std::move(durable)) {
    std::filesystem::create_directories(durable_);
  }

  std::atomic<int> fail_at{-1};  // the n-th sync from now fails, and loses what it was to sync
  std::atomic<int> die_at{-1};   // this process dies at the n-th sync from now, in half of the cases after the sync

  Result<> file_system(int) override {
    return step([&] { each_file([&](const Path& path, const struct stat& status) { keep(path, status); }); });
  }
  Result<> file(int file) override {
    return step([&] {
      struct stat status{};
      check(::fstat(file, &status) == 0);
      keep(fmt::format("/proc/self/fd/{}", file), status);
    });
  }
  Result<> directory(int) override {
    return step([] {});
  }

  /// What is left after the power failure.
  void cut(Keeps keeps) {
    each_file([&](const Path& path, const struct stat& status) {
      const auto kept = durable_ / std::to_string(status.st_ino);
      const bool is_durable = std::filesystem::exists(kept);
      const auto bytes = is_durable ? read(kept) : Buffer();
      const auto size = is_durable || keeps == Keeps::size ? status.st_size : 0;
      const int file = ::open(path.c_str(), O_WRONLY | O_NOFOLLOW);
      check(file >= 0 && ::ftruncate(file, 0) == 0 && ::ftruncate(file, size) == 0);
      const auto count = std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(size));
      check(::pwrite(file, bytes.data(), count, 0) == static_cast<ssize_t>(count));
      const struct timespec times[2] = {status.st_atim, status.st_mtim};
      check(::futimens(file, times) == 0 && ::fchmod(file, status.st_mode & 07777) == 0);
      ::close(file);
    });
  }

 private:
  template <class Work>
  Result<> step(Work work) {
    const std::lock_guard lock(mutex_);
    die();
    if (fail_at >= 0 && fail_at-- == 0) {
      return io("a sync fails as ordered");
    }
    work();
    die();
    return ok();
  }
  void die() {
    if (die_at >= 0 && die_at-- == 0) {
      ::kill(::getpid(), SIGKILL);
    }
  }
  template <class Each>
  void each_file(Each each) {
    if (!std::filesystem::exists(tree_)) {
      return;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree_)) {
      struct stat status{};
      if (::lstat(entry.path().c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
        each(entry.path(), status);
      }
    }
  }
  void keep(const Path& path, const struct stat& status) {
    write(durable_ / std::to_string(status.st_ino), read(path));
  }

  const Path tree_;
  const Path durable_;
  std::mutex mutex_;
};

}  // namespace quaymaster::workload::test
