#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <unordered_set>

#include "workload/files/target_directory.h"
#include "workload/sync.h"

namespace quaymaster::workload {

/// Files that are completely written but not yet durable. They keep the mode of an unfinished file, and replacements
/// keep their temporary name, until one sync of the file system has made their bytes durable; only then do they get
/// their final name and mode. So a power failure leaves no file that looks complete but is not: file systems commit a
/// file's size, times and mode long before its bytes. One sync serves many files: one each would cost a hundred times
/// as much. Thread-safe.
class SyncBatch {
 public:
  struct File {
    TargetDirectory::Shared directory;
    std::string name;
    std::string made_as;  // its temporary name; the same as `name` when that was free
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;
    std::optional<std::uint32_t> mode;                   // nullopt: it already has its final mode
    std::vector<std::pair<std::string, Buffer>> access;  // attributes that change the mode
  };
  /// Called for files that could not be finished although their bytes are durable.
  using Failed = std::function<void(std::string path, const Error& error)>;
  SyncBatch(Sync& sync, Warnings& warnings, Failed failed)
      : sync_(sync), warnings_(warnings), failed_(std::move(failed)) {}
  /// Removes unfinished replacements; other files stay unfinished.
  ~SyncBatch();

  /// Call before changing anything on the file system of the directory.
  void touch(const TargetDirectory& directory);
  /// Adds a complete file; after a certain number, syncs and finishes them.
  Result<> add(File file);
  /// Whether the file was added and is not finished.
  bool holds(const TargetDirectory& directory, std::uint64_t inode) const;
  /// Syncs and finishes all files added before. On failure they stay unfinished, replacements are removed, and all of
  /// them must be written again.
  Result<> flush();
  /// The error of the first failed sync, if any: it is unknown which files were lost, so the whole restore must fail.
  Result<> lost() const;
  /// Makes all changes on the touched file systems durable.
  Result<> sync_all();

 private:
  using Files = std::vector<File>;
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // device and inode
  Result<> finish(const File& file);
  static void remove_temporary_files(const Files& files);

  Sync& sync_;
  Warnings& warnings_;
  const Failed failed_;
  std::mutex flushing_;  // locked before mutex_
  mutable std::mutex mutex_;
  Files files_;
  std::uint64_t bytes_ = 0;
  std::unordered_set<const TargetDirectory*> directories_;  // of files_: each holds a descriptor
  std::set<Key> held_;
  std::optional<Error> lost_;
  std::map<std::uint64_t, Handle> file_systems_;  // by device; opened before anything was written there
};

}  // namespace quaymaster::workload
