#pragma once

#include <array>
#include <memory>

#include "base/files/disk.h"
#include "workload/source.h"
#include "workload/sync.h"
#include "workload/target.h"

namespace quaymaster::workload {

// File trees: what an Azure file share, or any directory, is to the vault. Bytes: doc/formats/tree-catalog.md.

enum class EntryKind : std::uint8_t { file, directory, symlink, fifo, socket, character_device, block_device };

/// A file system's time: whole nanoseconds since 1970, any sign.
struct FileTime {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  auto operator<=>(const FileTime&) const = default;
};

/// One entry of a captured tree.
struct TreeEntry {
  std::string path;  // relative to the root, "/" between names, raw bytes; "" is the root itself
  EntryKind kind = EntryKind::file;
  std::uint32_t mode = 0;  // the twelve permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  FileTime modified;
  FileTime changed;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;         // of the file system it was on
  std::uint64_t links = 1;          // names the file had; with the same inode and device they were one file
  std::uint64_t size = 0;           // of a file
  std::uint64_t device_number = 0;  // of a device node
  std::string target;               // of a symlink
  bool changed_meanwhile = false;   // it was written while it was read
  std::vector<std::pair<std::string, Buffer>> attributes;  // extended, POSIX ACLs among them
};

struct TreeOptions {
  std::size_t threads = 0;  // 0: one a core, at most eight
  /// The clock that stamps the source's files. A file that changed in the last two seconds is read again next time,
  /// since a further change might leave no trace in its times.
  Clock* clock = nullptr;  // null: the system's
  bool measure = true;     // count files and bytes beside the first capture, so that progress has a total
  /// For tests: called with each file's path just before it is opened, and again once its bytes have been read.
  std::function<void(const std::string& path, bool opened)> hook;
};

/// Captures the directory `root` and what is below it, other mounted file systems included. Never follows a symlink
/// below `root`; safe while others change the tree.
std::unique_ptr<Source> tree_source(Path root, TreeOptions options = {});

/// What a restore does with a name that is taken by something else than the same file (size, modification time and
/// bytes; the bytes are read only when the rest is the same).
enum class CopyOption {
  overwrite,         // replace files, links and special files; a directory is never replaced by something else
  skip,              // leave what is there
  create_copy,       // restore beside it: "name (1).ext", the first that is free
  fail_on_conflict,  // Errc::conflict, naming the first such path
};

/// One thing to restore. `path`: an entry of the point, "" for everything. It is put into the directory `folder` of the
/// target (made when missing) under its own last name; without `folder` at its own path.
struct RestoreItem {
  std::string path;
  std::optional<EntryKind> kind;  // when given and the entry is of another kind, the item fails as not found
  std::optional<std::string> folder;
};

struct TreeRestoreOptions {
  CopyOption copy = CopyOption::overwrite;
  std::vector<RestoreItem> items;  // none: everything, to the target itself
  std::size_t threads = 0;
  Sync* sync = nullptr;  // null: the system's
};

/// Restores to the directory `target`, which is made when missing (its parent must be there; a symlink in its place is
/// followed, since whoever configured it chose it). Below it no symlink is ever followed: directories are entered by
/// name and handle only. Directories that exist are merged; nothing that is not in the point is removed. Owners are
/// restored when the process may. Sockets and devices are not made again and listed as warnings.
std::unique_ptr<Target> tree_target(Path target, TreeRestoreOptions options = {});

/// Looks into a captured tree. Thread-safe.
class TreeView {
 public:
  /// Errc::invalid: another workload's root. Errc::corrupt. Errc::unsupported: of a newer version.
  static Result<std::unique_ptr<TreeView>> open(Bytes root, vault::OpenStream open);
  virtual ~TreeView() = default;

  virtual std::uint64_t items() const = 0;
  virtual std::uint64_t bytes() const = 0;
  /// Reads a few blocks of the catalog, however large it is. Errc::not_found.
  virtual Result<TreeEntry> find(const std::string& path) const = 0;
  /// The entries of the directory `path`, by name, without what is below them; an error of `visit` ends it.
  virtual Result<> list(const std::string& path, const std::function<Result<>(const TreeEntry&)>& visit) const = 0;
  /// `path` and everything below it; a directory before what is in it.
  virtual Result<> walk(const std::string& path, const std::function<Result<>(const TreeEntry&)>& visit) const = 0;
  /// The bytes of a file. Errc::not_found. Errc::invalid: it is not a file.
  virtual Result<std::unique_ptr<vault::StreamReader>> read(const std::string& path) const = 0;
};

}  // namespace quaymaster::workload
