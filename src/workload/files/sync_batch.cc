#include "workload/files/sync_batch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace quaymaster::workload {
namespace {

// Enough that syncs are a small part of the work, and few enough that a power failure costs little and that the
// directories leave descriptors for others.
constexpr std::size_t kMostFiles = 4096;
constexpr std::uint64_t kMostBytes = 1024 * kMiB;
constexpr std::size_t kMostDirectories = 64;

}  // namespace

SyncBatch::~SyncBatch() {
  remove_temporary_files(files_);
}

void SyncBatch::touch(const TargetDirectory& directory) {
  const std::lock_guard lock(mutex_);
  auto& handle = file_systems_[directory.device()];
  // A duplicate: it reports all errors that occur after the directory was opened.
  if (!handle) {
    handle = Handle(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0));
  }
}

Result<> SyncBatch::add(File file) {
  {
    const std::lock_guard lock(mutex_);
    bytes_ += file.bytes;
    directories_.insert(file.directory.get());
    held_.insert({file.directory->device(), file.inode});
    files_.push_back(std::move(file));
    if (files_.size() < kMostFiles && bytes_ < kMostBytes && directories_.size() < kMostDirectories) {
      return ok();
    }
  }
  return flush();
}

bool SyncBatch::holds(const TargetDirectory& directory, std::uint64_t inode) const {
  const std::lock_guard lock(mutex_);
  return held_.contains({directory.device(), inode});
}

Result<> SyncBatch::flush() {
  // Callers that arrive during a sync wait here, so the number of files that wait for one is bounded.
  const std::lock_guard one_at_a_time(flushing_);
  Files files;
  {
    const std::lock_guard lock(mutex_);
    files.swap(files_);
    bytes_ = 0;
    directories_.clear();
  }
  if (files.empty()) {
    return ok();
  }
  auto synced = sync_all();
  if (!synced) {
    remove_temporary_files(files);
    const std::lock_guard lock(mutex_);
    lost_ = synced.error();
  } else {
    for (const auto& file : files) {
      if (const auto finished = finish(file); !finished) {
        failed_(join(file.directory->path(), file.name), finished.error());
      }
    }
  }
  const std::lock_guard lock(mutex_);
  for (const auto& file : files) {
    held_.erase({file.directory->device(), file.inode});
  }
  return synced;
}

Result<> SyncBatch::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_ ? Result<>(*lost_) : ok();
}

Result<> SyncBatch::sync_all() {
  std::vector<int> directories;
  {
    const std::lock_guard lock(mutex_);  // they stay open until the end
    for (const auto& [device, handle] : file_systems_) {
      directories.push_back(handle.get());
    }
  }
  // Sync all of them even after a failure: each error is reported only once and must not be lost in a later sync.
  Result<> all = ok();
  for (const int directory : directories) {
    auto synced = sync_.file_system(directory);
    if (!synced && all) {
      all = std::move(synced);
    }
  }
  return all;
}

Result<> SyncBatch::finish(const File& file) {
  const int directory = file.directory->get();
  const auto node = open_at(directory, file.made_as.c_str(), O_PATH);
  struct stat status{};
  if (!node || ::fstat(node.get(), &status) != 0 || status.st_ino != file.inode) {
    return file.made_as == file.name ? Result<>(conflict("it was replaced while it was being restored"))
                                     : ok();  // restored twice: the second one is in the batch too
  }
  const auto path = join(file.directory->path(), file.name);
  const AttributePath attributes(directory, file.made_as);
  for (const auto& [name, value] : file.access) {
    if (const auto written = attributes.write(name, value); !written) {
      warnings_.add(path, written.error());
    }
  }
  if (file.mode && ::chmod(fmt::format("/proc/self/fd/{}", node.get()).c_str(), *file.mode) != 0) {
    warnings_.add(path, system_error(errno, "set the mode"));
  }
  if (file.made_as != file.name && ::renameat(directory, file.made_as.c_str(), directory, file.name.c_str()) != 0) {
    const auto error = system_error(errno, "move it to its place");
    ::unlinkat(directory, file.made_as.c_str(), 0);
    return error;
  }
  return ok();
}

void SyncBatch::remove_temporary_files(const Files& files) {
  for (const auto& file : files) {
    if (file.made_as != file.name) {
      ::unlinkat(file.directory->get(), file.made_as.c_str(), 0);
    }
  }
}

}  // namespace quaymaster::workload
