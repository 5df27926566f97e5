#include "base/files/confined.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

namespace quaymaster {
namespace {

bool has_nul(const Path& path) {
  return path.native().find('\0') != std::string::npos;
}

std::optional<Path> real_path(const Path& path) {
  std::error_code failed;
  auto real = std::filesystem::canonical(path, failed);
  return failed ? std::nullopt : std::optional(std::move(real));
}

/// The current path of an open directory. Empty when it was removed or the path cannot be determined.
Path place_of(int directory) {
  std::error_code failed;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(directory), failed);
}

}  // namespace

bool is_within(const Path& path, const Path& directory) {
  return !directory.empty() &&
         std::mismatch(directory.begin(), directory.end(), path.begin(), path.end()).first == directory.end();
}

Path without_links(const Path& path) {
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path, failed);
  auto real = std::filesystem::weakly_canonical(failed ? path : whole, failed);
  if (failed) {
    real = path.lexically_normal();
  }
  return real.has_filename() || !real.has_relative_path() ? real : real.parent_path();
}

Result<OpenDirectory> OpenDirectory::at(const Path& path) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    return system_error(errno, "open " + path.native());
  }
  return OpenDirectory(std::move(directory));
}

Path OpenDirectory::path() const {
  return "/proc/self/fd/" + std::to_string(directory_.get());
}

Result<> ConfinedPlaces::check_own(const Path& real) const {
  for (const auto& own : own_) {
    const auto guarded = without_links(own);
    // An allowed directory inside our own files is there on purpose, such as the dock.
    const bool is_made_for_it = std::ranges::any_of(allowed_, [&](const Path& directory) {
      const auto root = without_links(directory);
      return root != guarded && is_within(root, guarded) && is_within(real, root);
    });
    if (!is_made_for_it && (is_within(real, guarded) || is_within(guarded, real))) {
      return forbidden("{} contains the server's own data, or is inside it", real.native());
    }
  }
  return ok();
}

Result<Path> ConfinedPlaces::resolve(const Path& path) const {
  if (!path.is_absolute() || has_nul(path)) {
    return invalid("not an absolute path");
  }
  const auto plain = path.has_filename() ? path : path.parent_path();
  if (plain.filename() == "." || plain.filename() == "..") {
    return invalid("the path ends in \"{}\"", plain.filename().native());
  }
  auto real = real_path(plain);
  if (!real) {
    std::error_code failed;
    if (std::filesystem::is_symlink(std::filesystem::symlink_status(plain, failed))) {
      return forbidden("creating the file would follow a dangling symlink");
    }
    const auto parent = real_path(plain.parent_path());
    if (!parent) {
      return forbidden("the path is not in an allowed directory");
    }
    real = *parent / plain.filename();
  }
  const bool is_inside = std::ranges::any_of(allowed_, [&](const Path& directory) {
    const auto root = real_path(directory);
    return root && is_within(*real, *root);
  });
  if (!is_inside) {
    return forbidden("the path is not in an allowed directory");
  }
  TRY(check_own(*real));
  return *std::move(real);
}

Result<OpenDirectory> ConfinedPlaces::open_directory(const Path& path) const {
  if (!path.is_absolute() || has_nul(path) || path != path.lexically_normal()) {
    return forbidden("the path contains a symlink");
  }
  std::optional<Error> failed;
  for (const auto& allowed : allowed_) {
    const auto root = real_path(allowed);
    if (!root || !is_within(path, *root)) {
      continue;
    }
    TRY(check_own(path));
    const Descriptor top(::open(root->c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!top) {
      failed = system_error(errno, "open " + root->native());
      continue;
    }
    const auto rest = path.lexically_relative(*root).native();
    const int opened = open_beneath(top.get(), rest, O_RDONLY | O_DIRECTORY);
    if (opened < 0) {
      const auto is_link = opened == -ELOOP || opened == -EXDEV;
      failed = is_link ? forbidden("{} no longer leads to where it did when it was registered", path.native())
               : opened == -ENOTDIR ? not_found("{} is not a directory", path.native())
                                    : system_error(-opened, "open " + path.native());
      continue;
    }
    Descriptor directory(opened);
    // The opened directory is checked as well: it may be mounted somewhere else or have been moved there.
    if (const auto place = place_of(directory.get()); !place.empty()) {
      TRY(check_own(place));
    }
    return OpenDirectory(std::move(directory));
  }
  return failed ? *failed : forbidden("{} is not in an allowed directory", path.native());
}

Result<OpenDirectory> ConfinedPlaces::open_or_make_directory(const Path& path) const {
  auto there = open_directory(path);
  if (there || there.error().kind() != Errc::not_found || !path.has_filename()) {
    return there;
  }
  TRY(check_own(path));
  TRY(const auto parent, open_directory(path.parent_path()));
  if (::mkdirat(parent.get(), path.filename().c_str(), 0700) == 0) {
    if (::fsync(parent.get()) != 0) {
      return system_error(errno, "sync " + path.parent_path().native());
    }
  } else if (errno != EEXIST) {
    return system_error(errno, "make " + path.native());
  }
  return open_directory(path);
}

}  // namespace quaymaster
