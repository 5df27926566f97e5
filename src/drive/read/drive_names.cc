#include "drive/read/drive_names.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/files/open_beneath.h"
#include "drive/read/drive_path.h"

namespace quaymaster::drive {
namespace {

std::uint64_t hash(std::string_view folded) {
  return std::hash<std::string_view>{}(folded);
}

}  // namespace

std::optional<std::string> DriveNames::find(int root, const std::string& directory, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  if (const auto* known = directories_.find(directory)) {
    return look_up(*known, name);
  }
  auto listing = read(root, directory);
  if (!listing) {
    return std::nullopt;
  }
  auto found = look_up(*listing, name);
  const auto bytes = listing->bytes();
  directories_.put(directory, std::move(*listing), bytes);
  return found;
}

std::optional<DriveNames::Listing> DriveNames::read(int root, const std::string& directory) const {
  const int fd = directory.empty() ? openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                   : open_beneath(root, directory, O_RDONLY | O_DIRECTORY);
  if (fd < 0) {
    return Listing{};
  }
  DIR* stream = fdopendir(fd);
  if (stream == nullptr) {
    const Descriptor closes(fd);
    return Listing{};
  }
  Listing listing;
  bool fits = true;
  while (const dirent* entry = readdir(stream)) {
    const std::string_view name(entry->d_name);
    if (name == "." || name == "..") {
      continue;
    }
    listing.index.emplace_back(hash(fold_case(name)), static_cast<std::uint32_t>(listing.arena.size()));
    listing.arena.append(name);
    listing.arena.push_back('\0');
    fits = listing.bytes() <= budget_;
    if (!fits) {
      break;
    }
  }
  closedir(stream);
  if (!fits) {
    return std::nullopt;
  }
  std::ranges::sort(listing.index);
  return listing;
}

std::optional<std::string> DriveNames::look_up(const Listing& listing, std::string_view name) {
  const auto wanted = fold_case(name);
  const auto first = std::pair(hash(wanted), std::uint32_t{0});
  std::optional<std::string> best;
  for (auto at = std::ranges::lower_bound(listing.index, first); at != listing.index.end() && at->first == first.first;
       ++at) {
    const std::string candidate(listing.arena.data() + at->second);
    if (fold_case(candidate) == wanted && (!best || candidate < *best)) {
      best = candidate;
    }
  }
  return best;
}

}  // namespace quaymaster::drive
