#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/files/disk.h"

namespace quaymaster {

/// A disk with a limited number of bytes, for tests: a write beyond the limit fails with Errc::no_space and writes
/// nothing. Counts each file from its start to the last byte written or reserved; names and directories are free. On
/// request, every sync of a file fails. Files may outlive it.
class BudgetDisk final : public Disk {
 public:
  BudgetDisk(Disk& real, std::uint64_t bytes) : real_(real), account_(std::make_shared<Account>(bytes)) {}

  /// May be less than is used: then nothing is free.
  void resize(std::uint64_t bytes) { account_->size = bytes; }
  std::uint64_t used() const { return account_->used(); }
  void fail_syncs(bool fail) { account_->failing_syncs = fail; }

  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override;
  Result<FileStatus> status(const Path& path) override { return real_.status(path); }
  Result<std::vector<std::string>> list(const Path& directory) override { return real_.list(directory); }
  Result<> make_directories(const Path& path) override { return real_.make_directories(path); }
  Result<> make_directory(const Path& path) override { return real_.make_directory(path); }
  Result<> rename(const Path& from, const Path& to) override;
  Result<> rename_new(const Path& from, const Path& to) override;
  Result<> remove(const Path& path) override;
  Result<> sync_directory(const Path& path) override { return real_.sync_directory(path); }
  Result<> sync_all(const Path& path) override { return real_.sync_all(path); }
  Result<std::uint64_t> free_bytes(const Path& path) override;

  /// Shared with the files.
  struct Account {
    explicit Account(std::uint64_t bytes) : size(bytes) {}
    std::uint64_t used() const;
    Result<> grow(const std::string& path, std::uint64_t to);
    void set(const std::string& path, std::uint64_t bytes);
    void move(const std::string& from, const std::string& to);

    std::atomic<std::uint64_t> size;
    std::atomic<bool> failing_syncs{false};
    mutable std::mutex mutex;
    std::map<std::string, std::uint64_t> files;
  };

 private:
  Disk& real_;
  std::shared_ptr<Account> account_;
};

}  // namespace quaymaster
