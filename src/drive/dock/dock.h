#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/files/confined.h"
#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::drive {

/// One folder found at the dock.
struct DockFolder {
  Path path;
  Path real;             // with symlinks resolved; empty when there is a problem with it
  std::string drive_id;  // empty when there is a problem
  std::string problem;   // why it cannot be a drive, for people; empty: it can
};

/// The directory where drives appear as folders: copied, moved or mounted there, or as symlinks when `places` allows
/// their target. Everything in it is foreign: names, ids and trees. Not thread-safe.
class Dock {
 public:
  explicit Dock(Path directory) : Dock(directory, ConfinedPlaces({directory})) {}
  Dock(Path directory, ConfinedPlaces places) : directory_(std::move(directory)), places_(std::move(places)) {}

  /// Lists every folder, in byte order of the names. Folders whose names begin with "." or end in ".partial" are still
  /// being created and are skipped, as is anything that is not a directory. Two folders with the same id both get a
  /// problem, since it is unclear which one is meant. Errc::not_found, Errc::forbidden, Errc::io: the directory itself.
  Result<std::vector<DockFolder>> look();

  /// Whether the tree under `folder` is unchanged since the last call, so that copying has finished. False the first
  /// time. Checks names, sizes and change times of everything in it, in bounded memory; call only for folders that are
  /// needed. Errc::cancelled: `stop` was requested. Errc::not_found, Errc::io: it was removed meanwhile.
  Result<bool> is_settled(const Path& folder, const std::stop_token& stop);

  /// A folder of that name was moved here in one step: it counts as settled until it is removed.
  void arrived_complete(const std::string& name) { whole_.insert(directory_ / name); }

  const Path& directory() const { return directory_; }

 private:
  DockFolder look_at(const Path& path) const;

  const Path directory_;
  const ConfinedPlaces places_;
  std::map<Path, std::uint64_t> seen_;  // the state of each tree at the last call
  std::set<Path> whole_;
};

/// Calls back, on its own thread, when something appears in or leaves a directory, with the names that were moved into
/// it (a rename, so their contents are complete). Only a hint: where the system cannot watch (network file systems, no
/// free descriptors) it never calls, so poll as well.
class DirectoryWatch {
 public:
  using Changed = std::function<void(const std::vector<std::string>& moved_in)>;
  DirectoryWatch(const Path& directory, Changed changed);
  ~DirectoryWatch();  // returns when no callback is running
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  bool watches() const { return thread_.joinable(); }

 private:
  int events_ = -1;
  int wake_ = -1;
  std::thread thread_;
};

/// A number that changes when anything under `directory` changes: names, kinds, sizes, change times. Follows no
/// symlinks. For Dock and its tests.
Result<std::uint64_t> tree_state(const Path& directory, const std::stop_token& stop);

}  // namespace quaymaster::drive
