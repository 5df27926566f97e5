#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/files/disk.h"
#include "base/files/open_beneath.h"
#include "base/result.h"

namespace quaymaster {

/// Is `path` the directory itself or below it? Compares names only: both must be absolute and free of symlinks.
bool is_within(const Path& path, const Path& directory);
/// Is one of the two the other, or below it?
bool overlap(const Path& a, const Path& b);
/// The path with symlinks resolved as far as it exists; the rest is kept as it is.
Path without_links(const Path& path);

/// A directory that was opened once: renaming or replacing its path afterwards does not change which directory this is.
class OpenDirectory {
 public:
  explicit OpenDirectory(Descriptor directory) : directory_(std::move(directory)) {}
  /// For a trusted path: symlinks are followed. Errors of the system.
  static Result<OpenDirectory> at(const Path& path);

  int get() const { return directory_.get(); }
  /// A path that leads to this directory and no other as long as this object lives: for functions that take a path.
  /// Names below it are resolved as usual, so append only single names and do not follow symlinks.
  Path path() const;
  /// Opens the regular file `name` in this directory for reading. Errc::invalid: a symlink, or not a single name.
  /// Errc::forbidden: not a regular file, or not readable. Errc::not_found.
  Result<std::unique_ptr<File>> open_file(const std::string& name) const;

 private:
  Descriptor directory_;
};

/// The only rule for whether a path on the server may be used: it is in an allowed directory, and it neither is in
/// the server's own files nor contains them. Shares, images, new directories of restored machines and drives are all
/// checked here. `allowed` comes from the configuration and may itself be reached through symlinks; nothing below it is
/// trusted, since others write there: not even an allowed directory in another one, unless it leads into that one.
/// Thread-safe.
class ConfinedPlaces {
 public:
  /// `own`: files and directories that must never be reached, except through an allowed directory inside them.
  explicit ConfinedPlaces(std::vector<Path> allowed, std::vector<Path> own = {})
      : allowed_(std::move(allowed)), own_(std::move(own)) {}

  const std::vector<Path>& allowed() const { return allowed_; }
  /// Is this path without symlinks one of the allowed directories itself, rather than below one?
  bool is_allowed_itself(const Path& real) const;

  /// The path with symlinks resolved, if it may be used: for storing it. If it does not exist, its directory is
  /// checked, which must exist. Use the path later only through open_directory, since symlinks may have changed by
  /// then. Errc::invalid: not an absolute path, ends in "." or "..", or contains a NUL. Errc::forbidden: not allowed,
  /// or neither it nor its directory exists; the two are not distinguished, so that callers cannot probe the server's
  /// disk.
  Result<Path> resolve(const Path& path) const;

  /// Opens a directory by a path that resolve() returned; below the allowed directory no symlink is followed.
  /// Errc::not_found: it no longer exists or is not a directory. Errc::forbidden: it leads elsewhere now, or may not be
  /// used.
  Result<OpenDirectory> open_directory(const Path& path) const;
  /// The same, but creates the last component if it is missing, after all checks; durable on return.
  Result<OpenDirectory> open_or_make_directory(const Path& path) const;

 private:
  /// The allowed directories that exist, with symlinks resolved.
  std::vector<Path> roots() const;
  Result<> check_own(const Path& real) const;
  /// As check_own, by identity rather than by path: the server's own files may also be mounted below the allowed
  /// `root`.
  Result<> check_mounts(const OpenDirectory& directory, const Path& path, const Path& root) const;

  const std::vector<Path> allowed_;
  const std::vector<Path> own_;
};

}  // namespace quaymaster
