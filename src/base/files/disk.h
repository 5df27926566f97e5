#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace quaymaster {

using Path = std::filesystem::path;

/// An open file. All offsets and sizes in bytes. Reads and writes at different offsets may run on different threads.
class File {
 public:
  virtual ~File() = default;
  /// Reads up to `into.size()` bytes; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) = 0;
  /// Writes all bytes or fails; after a failure any part of them may have been written. Errc::no_space: the disk is
  /// full.
  virtual Result<> write_at(Bytes bytes, std::uint64_t offset) = 0;
  /// On return everything written before the call is on stable storage (fdatasync).
  virtual Result<> sync() = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual Result<> truncate(std::uint64_t size) = 0;
  /// Reserves space so that later writes within it cannot run out of it. Succeeds without effect where unsupported.
  virtual Result<> reserve(std::uint64_t offset, std::uint64_t size) = 0;
  /// The descriptor, for calls that only a system file supports (SEEK_HOLE, FICLONE); -1 when there is none.
  virtual int descriptor() const = 0;
};

enum class OpenMode {
  read,        // must exist
  write,       // must exist; reads and writes
  create,      // reads and writes; created empty when missing
  create_new,  // reads and writes; Errc::conflict when it exists
};

enum class FileKind { regular, directory, symlink, other };

struct FileStatus {
  FileKind kind;
  std::uint64_t size;
  Time modified;
};

/// The file system as the engines use it. Tests pass one whose n-th operation fails. `status` does not follow symlinks,
/// `open` does; code that reads foreign trees has its own opener. Thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) = 0;
  virtual Result<FileStatus> status(const Path& path) = 0;
  virtual Result<std::vector<std::string>> list(const Path& directory) = 0;  // names, in any order
  virtual Result<> make_directories(
      const Path& path) = 0;  // durable on return; directories that exist are not an error
  /// Creates one directory in an existing one. Durable once the parent is synced, or after sync_all.
  virtual Result<> make_directory(const Path& path) { return make_directories(path); }
  /// Atomic; replaces `to`. Durable on return: syncs both directories.
  virtual Result<> rename(const Path& from, const Path& to) = 0;
  /// Atomic; Errc::conflict when `to` exists. Durable only after sync_directory on the directory of `to`.
  virtual Result<> rename_new(const Path& from, const Path& to) = 0;
  virtual Result<> remove(const Path& path) = 0;          // a file or an empty directory
  virtual Result<> sync_directory(const Path& path) = 0;  // makes creations and removals in it durable
  /// On return everything ever written to the file system of `path` is on stable storage: one call for thousands of new
  /// files. Errc::unsupported: this disk cannot do that, and nothing was synced.
  virtual Result<> sync_all(const Path& path) { return unsupported("sync all of {}", path.native()); }
  virtual Result<std::uint64_t> free_bytes(const Path& path) = 0;
};

/// The real file system.
class SystemDisk final : public Disk {
 public:
  /// Who may read new files: only this user, or everyone the umask allows (for drives that are shipped).
  enum class Access { ours, everybody };
  explicit SystemDisk(Access access = Access::ours) : access_(access) {}

  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override;
  Result<FileStatus> status(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  Result<> make_directories(const Path& path) override;
  Result<> make_directory(const Path& path) override;
  Result<> rename(const Path& from, const Path& to) override;
  Result<> rename_new(const Path& from, const Path& to) override;
  Result<> remove(const Path& path) override;
  Result<> sync_directory(const Path& path) override;
  Result<> sync_all(const Path& path) override;
  Result<std::uint64_t> free_bytes(const Path& path) override;

 private:
  Access access_;
};

/// Reads a whole file of at most `limit` bytes. Errc::too_large: it is longer.
Result<Buffer> read_file(Disk& disk, const Path& path, std::uint64_t limit = 64 * kMiB);
/// Writes a temporary file next to the target, syncs it and renames it over the target: after a crash the file is
/// completely old or completely new. The new file has mode 0600.
Result<> replace_file(Disk& disk, const Path& path, Bytes bytes);

}  // namespace quaymaster
