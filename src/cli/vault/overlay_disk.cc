#include "cli/vault/overlay_disk.h"

#include <algorithm>

namespace quaymaster::cli {

Result<Path> OverlayDisk::above(const Path& path) const {
  const auto relative = path.lexically_normal().lexically_relative(root_);
  if (relative.empty() || *relative.begin() == "..") {
    return forbidden("{} is outside {}", path.native(), root_.native());
  }
  return relative == "." ? scratch_ : scratch_ / relative;
}

bool OverlayDisk::is_removed(const Path& path) const {
  const std::lock_guard lock(mutex_);
  return removed_.contains(path.lexically_normal());
}

Result<std::unique_ptr<File>> OverlayDisk::open(const Path& path, OpenMode mode) {
  TRY(const auto upper, above(path));
  if (disk_.status(upper)) {
    return disk_.open(upper, mode);
  }
  const bool is_below = !is_removed(path) && disk_.status(path);
  if (mode == OpenMode::read) {
    if (!is_below) {
      return not_found("there is no {}", path.native());
    }
    return disk_.open(path, mode);
  }
  if (is_below && mode == OpenMode::create_new) {
    return conflict("{} exists", path.native());
  }
  if (is_below) {
    return unsupported("{} is read-only", path.native());
  }
  if (mode == OpenMode::write) {
    return not_found("there is no {}", path.native());
  }
  TRY(disk_.make_directories(upper.parent_path()));
  return disk_.open(upper, mode);
}

Result<FileStatus> OverlayDisk::status(const Path& path) {
  TRY(const auto upper, above(path));
  if (auto found = disk_.status(upper)) {
    return found;
  }
  if (is_removed(path)) {
    return not_found("there is no {}", path.native());
  }
  return disk_.status(path);
}

Result<std::vector<std::string>> OverlayDisk::list(const Path& directory) {
  TRY(const auto upper, above(directory));
  auto below = disk_.list(directory);
  auto names = disk_.list(upper);
  if (!below && !names) {
    return below;
  }
  std::set<std::string> all;
  if (names) {
    all.insert(names.value().begin(), names.value().end());
  }
  if (below) {
    for (auto& name : below.value()) {
      if (!is_removed(directory / name)) {
        all.insert(std::move(name));
      }
    }
  }
  return std::vector<std::string>(all.begin(), all.end());
}

Result<> OverlayDisk::make_directories(const Path& path) {
  TRY(const auto upper, above(path));
  return disk_.make_directories(upper);
}

Result<> OverlayDisk::rename(const Path& from, const Path& to) {
  TRY(const auto upper_from, above(from));
  TRY(const auto upper_to, above(to));
  TRY(disk_.make_directories(upper_to.parent_path()));
  return disk_.rename(upper_from, upper_to);
}

Result<> OverlayDisk::rename_new(const Path& from, const Path& to) {
  if (status(to)) {
    return conflict("{} exists", to.native());
  }
  return rename(from, to);
}

Result<> OverlayDisk::remove(const Path& path) {
  TRY(const auto upper, above(path));
  const bool is_below = !is_removed(path) && disk_.status(path);
  if (auto removed = disk_.remove(upper); !removed) {
    if (removed.error().kind() != Errc::not_found || !is_below) {
      return removed;
    }
  }
  if (is_below) {
    const std::lock_guard lock(mutex_);
    removed_.insert(path.lexically_normal());
  }
  return ok();
}

Result<std::uint64_t> OverlayDisk::free_bytes(const Path& path) {
  TRY(const auto upper, above(path));
  return disk_.free_bytes(disk_.status(upper) ? upper : scratch_);
}

}  // namespace quaymaster::cli
