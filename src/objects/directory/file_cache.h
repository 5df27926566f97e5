#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/files/disk.h"
#include "base/lru.h"

namespace quaymaster::objects {

/// The most recently read files, kept open so that a small read costs one system call. Thread-safe.
class FileCache {
 public:
  FileCache(Disk& disk, Path root, std::size_t most) : disk_(disk), root_(std::move(root)), files_(most) {}

  /// Opens `name` below the root for reading. The file stays usable for its holders after the cache evicts it.
  Result<std::shared_ptr<File>> open(const std::string& name);
  /// Call after `name` was removed: later callers do not get the old file.
  void forget(const std::string& name);
  void forget_all();

 private:
  Disk& disk_;
  const Path root_;
  std::mutex mutex_;
  Lru<std::string, std::shared_ptr<File>> files_;  // by name
  std::uint64_t removals_ = 0;
};

}  // namespace quaymaster::objects
