#include "drive/dock/dock.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "base/encode.h"
#include "drive/manifest/drive_id.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {
namespace {

/// Deeper trees are not examined further: each level holds a descriptor.
constexpr std::size_t kDeepest = 200;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Directory open_directory(int parent, const char* name, int more_flags) {
  const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | more_flags);
  if (fd < 0) {
    return nullptr;
  }
  Directory directory(fdopendir(fd));
  if (!directory) {
    close(fd);
  }
  return directory;
}

/// Finalizer of SplitMix64: mixes all bits.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint64_t state_of(const struct stat& status) {
  std::uint64_t state = mix(status.st_ino);
  state = mix(state ^ static_cast<std::uint64_t>(status.st_mode));
  if (!S_ISDIR(status.st_mode)) {
    state = mix(state ^ static_cast<std::uint64_t>(status.st_size));
  }
  state = mix(state ^ static_cast<std::uint64_t>(status.st_mtim.tv_sec));
  return mix(state ^ static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
}

bool is_being_made(std::string_view name) {
  return name.starts_with('.') || name.ends_with(".partial");
}

/// A name that is safe in a log line and in a response.
bool is_presentable(std::string_view name) {
  return is_utf8(name) && std::ranges::none_of(name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

void refuse_twins(std::vector<DockFolder>& folders) {
  std::map<std::string, std::size_t> count;
  const auto key = [](const DockFolder& folder) { return drive_key(folder.drive_id); };
  for (const auto& folder : folders) {
    count[key(folder)] += 1;
  }
  for (auto& folder : folders) {
    if (!folder.drive_id.empty() && count[key(folder)] > 1) {
      folder.problem = "another folder at the dock has the same drive id '" + folder.drive_id + "'; remove one of them";
    }
  }
  for (auto& folder : folders) {
    if (!folder.problem.empty()) {
      folder.drive_id.clear();
    }
  }
}

}  // namespace

Result<std::uint64_t> tree_state(const Path& directory, const std::stop_token& stop) {
  std::uint64_t state = 0;
  std::vector<Directory> open;
  open.push_back(open_directory(AT_FDCWD, directory.c_str(), 0));
  if (!open.back()) {
    return system_error(errno, "open " + directory.string());
  }
  while (!open.empty()) {
    if (stop.stop_requested()) {
      return cancelled("stopped while checking {}", directory.string());
    }
    errno = 0;
    const auto* entry = readdir(open.back().get());
    if (entry == nullptr) {
      if (errno != 0) {
        return system_error(errno, "read a directory of " + directory.string());
      }
      open.pop_back();
      continue;
    }
    const std::string_view name = entry->d_name;
    struct stat status{};
    if (name == "." || name == ".." ||
        fstatat(dirfd(open.back().get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;  // a file removed between the two calls changes the state by its absence
    }
    // Directory order is not fixed; a sum does not depend on it.
    state += state_of(status) + mix(std::hash<std::string_view>{}(name));
    if (S_ISDIR(status.st_mode) && open.size() < kDeepest) {
      if (auto inner = open_directory(dirfd(open.back().get()), entry->d_name, O_NOFOLLOW)) {
        open.push_back(std::move(inner));
      }
    }
  }
  return state;
}

/// Makes text that quotes a foreign file safe in a log line and in a response.
static std::string presentable(std::string text) {
  if (!is_utf8(text)) {
    return "the reason contains text that cannot be shown";
  }
  std::ranges::replace_if(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }, ' ');
  return text;
}

DockFolder Dock::look_at(const Path& path) const {
  DockFolder folder{path, {}, {}, {}};
  auto real = places_.resolve(path);
  if (!real) {
    folder.problem =
        "it leads to a place that drives may not be docked from: add that place to the setting dock-allow, or mount "
        "the "
        "drive here instead of linking to it";
    return folder;
  }
  const auto opened = places_.open_directory(real.value());
  const auto root = opened ? DriveRoot::of(opened.value(), path) : Result<std::unique_ptr<DriveRoot>>(opened.error());
  if (!root) {
    folder.problem = "the folder cannot be read";
    return folder;
  }
  folder.real = std::move(real).value();
  auto id = read_drive_id(*root.value());
  if (id && is_drive_id(id.value())) {
    folder.drive_id = std::move(id.value());
    return folder;
  }
  if (!id && id.error().kind() == Errc::not_found) {
    folder.problem = "it has neither a file DriveId nor a DriveManifest.xml (yet)";
  } else {
    folder.problem = "its file DriveId or its DriveManifest.xml contains no drive id";
    if (!id) {
      folder.problem += ": " + presentable(id.error().cause());
    }
  }
  return folder;
}

Result<std::vector<DockFolder>> Dock::look() {
  std::vector<Path> paths;
  std::vector<DockFolder> folders;
  const auto directory = open_directory(AT_FDCWD, directory_.c_str(), 0);
  if (!directory) {
    return system_error(errno, "open the dock " + directory_.string());
  }
  while (const auto* entry = readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    struct stat status{};
    if (is_being_made(name) || fstatat(dirfd(directory.get()), entry->d_name, &status, 0) != 0 ||
        !S_ISDIR(status.st_mode)) {
      continue;
    }
    paths.push_back(directory_ / name);
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    if (is_presentable(path.filename().native())) {
      folders.push_back(look_at(path));
    } else {
      folders.push_back({path, {}, {}, "its name contains control characters or is not UTF-8"});
    }
  }
  refuse_twins(folders);
  std::erase_if(seen_, [&](const auto& seen) { return !std::ranges::binary_search(paths, seen.first); });
  std::erase_if(whole_, [&](const Path& path) { return !std::ranges::binary_search(paths, path); });
  return folders;
}

Result<bool> Dock::is_settled(const Path& folder, const std::stop_token& stop) {
  if (whole_.contains(folder)) {
    return true;
  }
  TRY(const auto real, places_.resolve(folder));
  TRY(const auto opened, places_.open_directory(real));
  TRY(const auto state, tree_state(opened.path(), stop));
  const auto [seen, first] = seen_.try_emplace(folder, state);
  const bool settled = !first && seen->second == state;
  seen->second = state;
  return settled;
}

}  // namespace quaymaster::drive
