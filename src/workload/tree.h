#pragma once

#include <array>
#include <memory>

#include "base/files/disk.h"
#include "workload/source.h"
#include "workload/sync.h"
#include "workload/target.h"

namespace quaymaster::workload {

// File trees: the vault's view of an Azure file share, or of any directory. Format: doc/formats/tree-catalog.md.

enum class EntryKind : std::uint8_t { file, directory, symlink, fifo, socket, character_device, block_device };

/// A file system's time: nanoseconds since 1970, positive or negative.
struct FileTime {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  auto operator<=>(const FileTime&) const = default;
};

/// One entry of a captured tree.
struct TreeEntry {
  std::string path;  // relative to the root, names separated by "/", raw bytes; "" is the root itself
  EntryKind kind = EntryKind::file;
  std::uint32_t mode = 0;  // the twelve permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  FileTime modified;
  FileTime changed;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;         // of the original file system
  std::uint64_t links = 1;          // number of names; entries with the same inode and device were one file
  std::uint64_t size = 0;           // for files
  std::uint64_t device_number = 0;  // for device nodes
  std::string target;               // for symlinks
  bool changed_meanwhile = false;   // it was written during the capture
  std::vector<std::pair<std::string, Buffer>> attributes;  // extended attributes, including POSIX ACLs
};

struct TreeOptions {
  std::size_t threads = 0;  // 0: one per core, at most eight
  /// The clock that sets the times of the source's files. A file that changed in the last two seconds is read again
  /// next time, since a further change might not show in its times.
  Clock* clock = nullptr;  // null: the system's
  bool measure = true;     // count files and bytes in parallel with the first capture, so that progress has a total
  /// For tests: called with each file's path just before it is opened, and again after its bytes have been read.
  std::function<void(const std::string& path, bool opened)> hook;
};

/// Captures the directory `root` with everything below it, including other mounted file systems. Never follows a
/// symlink below `root`; safe while others change the tree.
std::unique_ptr<Source> tree_source(Path root, TreeOptions options = {});

/// What a restore does when a name is taken by anything but the same file (equal size, modification time and bytes; the
/// bytes are compared only when the rest is equal).
enum class CopyOption {
  overwrite,         // replace files, links and special files; never replace a directory with something else
  skip,              // keep what is there
  create_copy,       // restore next to it: "name (1).ext", the first free name
  fail_on_conflict,  // Errc::conflict, naming the first such path
};

/// One item to restore. `path`: an entry of the point, "" for everything. It is restored under its last component into
/// the directory `folder` of the target (created when missing), or without `folder` at its own path.
struct RestoreItem {
  std::string path;
  std::optional<EntryKind> kind;  // when given and the entry is of another kind, the item fails as not found
  std::optional<std::string> folder;
};

struct TreeRestoreOptions {
  CopyOption copy = CopyOption::overwrite;
  std::vector<RestoreItem> items;  // empty: everything, directly into the target
  std::size_t threads = 0;
  Sync* sync = nullptr;  // null: the system's
};

/// Restores to the directory `target`, which is created when missing (its parent must exist; a symlink in its place is
/// followed, since it was configured). Below it no symlink is ever followed: directories are opened only by name
/// relative to a handle. Existing directories are merged; nothing missing from the point is removed. Owners are
/// restored if the process has the privilege. Sockets and devices are not recreated and become warnings.
std::unique_ptr<Target> tree_target(Path target, TreeRestoreOptions options = {});

/// Read access to a captured tree. Thread-safe.
class TreeView {
 public:
  /// Errc::invalid: another workload's root. Errc::corrupt. Errc::unsupported: a newer version.
  static Result<std::unique_ptr<TreeView>> open(Bytes root, vault::OpenStream open);
  virtual ~TreeView() = default;

  virtual std::uint64_t items() const = 0;
  virtual std::uint64_t bytes() const = 0;
  /// Reads a few blocks of the catalog, however large it is. Errc::not_found.
  virtual Result<TreeEntry> find(const std::string& path) const = 0;
  /// The entries of the directory `path` by name, without their contents; an error of `visit` ends it.
  virtual Result<> list(const std::string& path, const std::function<Result<>(const TreeEntry&)>& visit) const = 0;
  /// `path` and everything below it; a directory precedes its contents.
  virtual Result<> walk(const std::string& path, const std::function<Result<>(const TreeEntry&)>& visit) const = 0;
  /// The bytes of a file. Errc::not_found. Errc::invalid: it is not a file.
  virtual Result<std::unique_ptr<vault::StreamReader>> read(const std::string& path) const = 0;
};

}  // namespace quaymaster::workload
