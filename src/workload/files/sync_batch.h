#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <unordered_set>

#include "workload/files/target_directory.h"
#include "workload/sync.h"

namespace quaymaster::workload {

/// Files that are written whole but not yet durable. They keep the mode of an unfinished file, and what replaces
/// something keeps its name beside it, until one sync of the file system has made their bytes durable; only then do
/// they get what lets them pass for whole. So a power cut leaves no file that looks whole and is not: file systems
/// commit a size, times and mode on their own, long before the bytes. One sync for many files: one for each would cost
/// a hundred times as much. Thread-safe.
class SyncBatch {
 public:
  struct File {
    TargetDirectory::Shared directory;
    std::string name;
    std::string made_as;  // where it is until then; the same as `name` when that was free
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;
    std::optional<std::uint32_t> mode;                   // none: it has its own already
    std::vector<std::pair<std::string, Buffer>> access;  // attributes that change the mode
  };
  /// `failed` hears of files that could not be finished though their bytes are durable.
  using Failed = std::function<void(std::string path, const Error& error)>;
  SyncBatch(Sync& sync, Warnings& warnings, Failed failed)
      : sync_(sync), warnings_(warnings), failed_(std::move(failed)) {}
  /// What was made beside something and is not finished is removed; the rest stays unfinished.
  ~SyncBatch();

  /// Something is about to change on the file system of the directory.
  void touch(const TargetDirectory& directory);
  /// Takes over a whole file; when many have come together, syncs and finishes them.
  Result<> add(File file);
  /// Whether the file was added and is not finished.
  bool holds(const TargetDirectory& directory, std::uint64_t inode) const;
  /// Syncs and finishes all that were added before. On failure they stay unfinished, what was made beside something is
  /// removed, and all of them must be written again.
  Result<> flush();
  /// The error of the first sync that failed, if one did: which of the files it lost nobody knows, so the whole restore
  /// must end.
  Result<> lost() const;
  /// Makes durable whatever changed on all file systems that were touched.
  Result<> sync_all();

 private:
  using Files = std::vector<File>;
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // device and inode
  Result<> finish(const File& file);
  static void remove_beside(const Files& files);

  Sync& sync_;
  Warnings& warnings_;
  const Failed failed_;
  std::mutex flushing_;  // taken before mutex_
  mutable std::mutex mutex_;
  Files files_;
  std::uint64_t bytes_ = 0;
  std::unordered_set<const TargetDirectory*> directories_;  // of files_: each keeps a descriptor open
  std::set<Key> held_;
  std::optional<Error> lost_;
  std::map<std::uint64_t, Handle> file_systems_;  // by device; opened before anything was written there
};

}  // namespace quaymaster::workload
