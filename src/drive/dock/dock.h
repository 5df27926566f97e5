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

/// One folder seen at the dock.
struct DockFolder {
  Path path;
  Path real;             // without links; empty when there is a problem with it
  std::string drive_id;  // empty when there is a problem
  std::string problem;   // why it cannot be a drive, fit for people; empty: it can
};

/// The directory where drives appear as folders: copied, moved or mounted there, or linked to from there, when `places`
/// allows where the link leads. Everything in it is foreign: names, ids and trees. Not thread-safe.
class Dock {
 public:
  explicit Dock(Path directory) : Dock(directory, ConfinedPlaces({directory})) {}
  Dock(Path directory, ConfinedPlaces places) : directory_(std::move(directory)), places_(std::move(places)) {}

  /// Looks: every folder, in byte order of the names. Folders whose names begin with "." or end in ".partial" are being
  /// made and are left out; so is what is no directory. Two folders with one id both have a problem, since nobody can
  /// know which is meant. Errc::not_found, Errc::forbidden, Errc::io: the directory itself.
  Result<std::vector<DockFolder>> look();

  /// Whether the tree under `folder` is the same as when this was last asked, so that nobody is still copying it. False
  /// the first time. Looks at names, sizes and change times of everything in it, in bounded memory; ask only for
  /// folders that somebody wants. Errc::cancelled: `stop` was requested. Errc::not_found, Errc::io: it went away
  /// meanwhile.
  Result<bool> is_settled(const Path& folder, const std::stop_token& stop);

  /// A folder of that name was moved here in one piece: it is settled as it is, until it goes away again.
  void came_whole(const std::string& name) { whole_.insert(directory_ / name); }

  const Path& directory() const { return directory_; }

 private:
  DockFolder look_at(const Path& path) const;

  const Path directory_;
  const ConfinedPlaces places_;
  std::map<Path, std::uint64_t> seen_;  // the state of a tree when it was last asked for
  std::set<Path> whole_;
};

/// Calls back, on a thread of its own, when something appears in or leaves a directory, with the names that were moved
/// into it (a rename, so whatever is in them came at once). A hint only: where the system cannot watch (network file
/// systems, no descriptors left) it never calls, so poll as well.
class DirectoryWatch {
 public:
  using Changed = std::function<void(const std::vector<std::string>& moved_in)>;
  DirectoryWatch(const Path& directory, Changed changed);
  ~DirectoryWatch();  // returns when no call runs any more
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  bool watches() const { return thread_.joinable(); }

 private:
  int events_ = -1;
  int wake_ = -1;
  std::thread thread_;
};

/// A number that changes when anything under `directory` changes: names, kinds, sizes, change times. Follows no links.
/// For Dock and its tests.
Result<std::uint64_t> tree_state(const Path& directory, const std::stop_token& stop);

}  // namespace quaymaster::drive
