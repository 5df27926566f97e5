#pragma once

#include <vector>

#include "base/files/disk.h"
#include "base/files/open_beneath.h"
#include "base/result.h"

namespace quaymaster {

/// Is `path` the directory itself, or would it lie below it? Compares names: both absolute and without links.
bool is_within(const Path& path, const Path& directory);
/// Without links as far as it exists; what does not is taken as it is named.
Path without_links(const Path& path);

/// A directory that was opened once. Whatever is renamed or put in its place afterwards, this stays the same one.
class OpenDirectory {
 public:
  explicit OpenDirectory(Descriptor directory) : directory_(std::move(directory)) {}
  /// For a place that is trusted: links are followed. Errors of the system.
  static Result<OpenDirectory> at(const Path& path);

  int get() const { return directory_.get(); }
  /// Leads to this directory and to nothing else as long as this object lives: for functions that take a path. Names
  /// below it are looked up as ever, so hand on single names that are not followed.
  Path path() const;

 private:
  Descriptor directory_;
};

/// The one rule for "may this path of the server be used": it lies in an allowed directory, and neither lies where the
/// server keeps what is its own nor contains it. Shares, images, new directories of restored machines and drives all
/// ask here. `allowed` comes from the configuration and may itself be reached through links; nothing below it is
/// trusted, since others write there. Thread-safe.
class ConfinedPlaces {
 public:
  /// `own`: files and directories that must never be reached, but by way of an allowed directory that lies in them.
  explicit ConfinedPlaces(std::vector<Path> allowed, std::vector<Path> own = {})
      : allowed_(std::move(allowed)), own_(std::move(own)) {}

  const std::vector<Path>& allowed() const { return allowed_; }

  /// The path without links, if it may be used: for remembering it. Of something that is not there its directory
  /// counts, which must be. Whoever uses the path later opens it with open_directory, since links may have changed by
  /// then. Errc::invalid: not an absolute path, ends in "." or "..", or holds a NUL. Errc::forbidden: not allowed, or
  /// neither it nor its directory exists; one answer for both, so that nobody learns what the server's disk holds.
  Result<Path> resolve(const Path& path) const;

  /// Opens a directory by the path that resolve() answered, link by link as it was then: below the allowed directory
  /// nothing is followed. Errc::not_found: it is gone, or something else than a directory is there. Errc::forbidden: it
  /// leads elsewhere now, or may not be used.
  Result<OpenDirectory> open_directory(const Path& path) const;
  /// The same, and makes the last name when it is missing, after everything was asked; durable on return.
  Result<OpenDirectory> open_or_make_directory(const Path& path) const;

 private:
  Result<> check_own(const Path& real) const;

  const std::vector<Path> allowed_;
  const std::vector<Path> own_;
};

}  // namespace quaymaster
