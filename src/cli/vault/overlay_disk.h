#pragma once

#include <mutex>
#include <set>

#include "base/files/disk.h"

namespace quaymaster::cli {

/// A directory that can be worked on without being changed: what is written lands in a scratch directory, what is
/// removed is only forgotten, and readers see both as one. Existing files cannot be written to
/// (Errc::unsupported), nothing outside `root` is seen (Errc::forbidden). Both directories must exist and outlive the
/// disk. Thread-safe.
class OverlayDisk final : public Disk {
 public:
  OverlayDisk(Path root, Path scratch) : root_(std::move(root)), scratch_(std::move(scratch)) {}

  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override;
  Result<FileStatus> status(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  Result<> make_directories(const Path& path) override;
  Result<> rename(const Path& from, const Path& to) override;
  Result<> rename_new(const Path& from, const Path& to) override;
  Result<> remove(const Path& path) override;
  Result<> sync_directory(const Path&) override { return ok(); }  // nothing here outlives the process
  Result<std::uint64_t> free_bytes(const Path& path) override;

 private:
  /// The same path in the scratch directory.
  Result<Path> above(const Path& path) const;
  bool is_removed(const Path& path) const;

  const Path root_;
  const Path scratch_;
  SystemDisk disk_;
  mutable std::mutex mutex_;
  std::set<Path> removed_;  // in `root_`
};

}  // namespace quaymaster::cli
