#pragma once

#include <atomic>
#include <memory>

#include "base/files/disk.h"

namespace quaymaster {

/// A disk for fail-count tests: counts the operations that can fail and makes chosen ones fail.
///
///   for (int n = 0;; ++n) { FailingDisk disk(real, n, Errc::io); if (run(disk)) break; check_store_is_clean(); }
///
/// The n-th operation (from 0) and, with `from_then_on`, every later one fails with `kind` and does nothing.
/// fail_from_now and heal change that while files are open, for tests that continue in the same process. Thread-safe.
class FailingDisk final : public Disk {
 public:
  /// Which operations are counted and fail: all, or those that need free space on a full disk.
  enum class Only { everything, what_takes_space };

  explicit FailingDisk(Disk& real) : FailingDisk(real, -1, Errc::io) {}
  FailingDisk(Disk& real, int fail_at, Errc kind, bool from_then_on = false);

  /// Restarts the count: the n-th operation from now fails.
  void fail_from_now(int fail_at, Errc kind, bool from_then_on = false, Only only = Only::everything);
  /// No operation fails from now on.
  void heal() { fail_from_now(-1, Errc::io); }

  int operations() const { return plan_->next; }
  bool has_failed() const { return plan_->failed; }

  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override;
  Result<FileStatus> status(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  Result<> make_directories(const Path& path) override;
  Result<> make_directory(const Path& path) override;
  Result<> rename(const Path& from, const Path& to) override;
  Result<> rename_new(const Path& from, const Path& to) override;
  Result<> remove(const Path& path) override;
  Result<> sync_directory(const Path& path) override;
  Result<> sync_all(const Path& path) override;
  Result<std::uint64_t> free_bytes(const Path& path) override;

  /// Shared with the files that the disk opened, which may outlive it.
  struct Plan {
    std::atomic<int> next{0};
    std::atomic<bool> failed{false};
    std::atomic<int> fail_at{-1};
    std::atomic<Errc> kind{Errc::io};
    std::atomic<bool> from_then_on{false};
    std::atomic<Only> only{Only::everything};
    Result<> step(bool takes_space = false);
  };

 private:
  Disk& real_;
  std::shared_ptr<Plan> plan_;
};

}  // namespace quaymaster
