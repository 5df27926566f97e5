#include "base/files/confined.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files/system_file.h"

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

/// Is some name of `path` looked up in `directory`, or below it? Those who write there decide where the path leads.
bool passes_through(const Path& path, const Path& directory) {
  std::error_code failed;
  Path looked_up;
  for (const auto& name : std::filesystem::absolute(path, failed)) {
    const auto parent = real_path(looked_up);
    if (parent && is_within(*parent, directory) && !name.empty() && name != "." && name != "..") {
      return true;
    }
    looked_up /= name;
  }
  return false;
}

/// Which directory this is, whatever its path.
using Identity = std::pair<dev_t, ino_t>;

std::optional<Identity> identity_of(int directory, const char* path) {
  struct stat status{};
  return ::fstatat(directory, path, &status, 0) == 0 ? std::optional(Identity{status.st_dev, status.st_ino})
                                                     : std::nullopt;
}

/// The directory and the `levels` ones above it, through the mounts by which the path leads to it.
std::vector<Identity> upwards(const Path& directory, std::ptrdiff_t levels) {
  std::vector<Identity> above;
  Descriptor open(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  while (open) {
    if (const auto identity = identity_of(open.get(), ".")) {
      above.push_back(*identity);
    }
    open = Descriptor(levels-- > 0 ? ::openat(open.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1);
  }
  return above;
}

std::ptrdiff_t depth_of(const Path& path) {
  return std::distance(path.begin(), path.end());
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

bool overlap(const Path& a, const Path& b) {
  return is_within(a, b) || is_within(b, a);
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

Result<std::unique_ptr<File>> OpenDirectory::open_file(const std::string& name) const {
  if (name.empty() || name == "." || name == ".." || name.find_first_of(std::string_view("/\0", 2)) != name.npos) {
    return invalid("not the name of a file");
  }
  std::uint64_t size = 0;
  TRY(auto file, open_regular_beneath(get(), name, true, size));
  return system_file(file.release(), name);
}

bool ConfinedPlaces::is_allowed_itself(const Path& real) const {
  return std::ranges::any_of(allowed_, [&](const Path& directory) { return without_links(directory) == real; });
}

Result<> ConfinedPlaces::check_own(const Path& real) const {
  for (const auto& own : own_) {
    const auto guarded = without_links(own);
    // An allowed directory inside our own files is there on purpose, such as the dock.
    const bool is_made_for_it = std::ranges::any_of(allowed_, [&](const Path& directory) {
      const auto root = without_links(directory);
      return root != guarded && is_within(root, guarded) && is_within(real, root);
    });
    if (!is_made_for_it && overlap(real, guarded)) {
      return forbidden("{} contains the server's own data, or is inside it", real.native());
    }
  }
  return ok();
}

std::vector<Path> ConfinedPlaces::roots() const {
  std::vector<Path> roots;
  for (const auto& directory : allowed_) {
    const auto root = real_path(directory);
    const auto is_untrusted = [&](const Path& other) {
      const auto above = real_path(other);
      return above && !is_within(*root, *above) && passes_through(directory, *above);
    };
    if (root && std::ranges::none_of(allowed_, is_untrusted)) {
      roots.push_back(*root);
    }
  }
  return roots;
}

Result<> ConfinedPlaces::check_mounts(const OpenDirectory& directory, const Path& path, const Path& root) const {
  const auto levels = depth_of(path) - depth_of(root);
  const auto above = own_.empty() ? std::vector<Identity>() : upwards(directory.path(), levels);
  for (const auto& own : own_) {
    const auto guarded = without_links(own);
    const auto identity = identity_of(AT_FDCWD, guarded.c_str());
    const auto around = upwards(guarded.parent_path(), depth_of(guarded));
    const bool is_inside = identity && std::ranges::find(above, *identity) != above.end();
    const bool is_around = !above.empty() && std::ranges::find(around, above.front()) != around.end();
    if (is_inside || is_around) {
      return forbidden("{} contains the server's own data, or is inside it", path.native());
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
  const auto roots = this->roots();
  if (std::ranges::none_of(roots, [&](const Path& root) { return is_within(*real, root); })) {
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
  for (const auto& root : roots()) {
    if (!is_within(path, root)) {
      continue;
    }
    TRY(check_own(path));
    const Descriptor top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!top) {
      failed = system_error(errno, "open " + root.native());
      continue;
    }
    const auto rest = path.lexically_relative(root).native();
    const int opened = open_beneath(top.get(), rest, O_RDONLY | O_DIRECTORY);
    if (opened < 0) {
      const auto is_link = opened == -ELOOP || opened == -EXDEV;
      failed = is_link ? forbidden("{} no longer leads to where it did when it was registered", path.native())
               : opened == -ENOTDIR ? not_found("{} is not a directory", path.native())
                                    : system_error(-opened, "open " + path.native());
      continue;
    }
    Descriptor directory(opened);
    // The opened directory is checked as well: it may have been moved there, or be mounted there too.
    if (const auto place = place_of(directory.get()); !place.empty()) {
      TRY(check_own(place));
    }
    OpenDirectory result(std::move(directory));
    TRY(check_mounts(result, path, root));
    return result;
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
