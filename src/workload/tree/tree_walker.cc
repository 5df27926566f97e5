#include "workload/tree/tree_walker.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"

namespace quaymaster::workload {
namespace {

constexpr std::size_t kBatchEntries = 64;
constexpr std::size_t kBatchDirectories = 12;  // each holds a descriptor
constexpr std::uint64_t kDeepest = 400;        // so does each level; deeper paths cannot be used by name anyway

}  // namespace

TreeWalker::TreeWalker(Handle root, CatalogReader* previous, Warnings& warnings)
    : root_(std::make_shared<OpenDirectory>(OpenDirectory{std::move(root), "", 0})),
      previous_(previous),
      warnings_(warnings) {}

bool TreeWalker::next(WalkedBatch& batch) {
  std::size_t directories = 0;
  if (root_) {
    WalkedEntry entry;
    entry.directory = root_;
    entry.type = DT_DIR;
    add(batch, std::move(entry));
    enter(std::move(root_));
    root_.reset();
  }
  while (!levels_.empty() && batch.entries.size() < kBatchEntries && directories < kBatchDirectories) {
    auto& level = levels_.back();
    if (level.at == level.names.size()) {
      levels_.pop_back();
      continue;
    }
    auto& [name, type] = level.names[level.at++];
    WalkedEntry entry;
    entry.parent = level.directory;
    entry.path = join(level.directory->path, name);
    entry.type = type;
    if (type == DT_UNKNOWN) {
      struct stat status{};
      if (::fstatat(level.directory->handle.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        entry.type = IFTODT(status.st_mode);
      }
    }
    if (entry.type == DT_DIR) {
      entry.directory = open(*level.directory, name, entry.path);
    }
    entry.name = std::move(name);
    auto directory = entry.directory;
    add(batch, std::move(entry));
    if (directory) {
      ++directories;
      enter(std::move(directory));
    }
  }
  return !batch.entries.empty();
}

std::shared_ptr<OpenDirectory> TreeWalker::open(const OpenDirectory& parent, const std::string& name,
                                                const std::string& path) {
  if (parent.depth + 1 > kDeepest) {
    warnings_.add(path, Errc::unsupported, fmt::format("directories are captured {} levels deep", kDeepest));
    return nullptr;
  }
  auto handle = open_at(parent.handle.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  if (!handle) {
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {  // removed or exchanged: its reader will notice
      warnings_.add(path, system_error(errno, "open the directory"));
    }
    return nullptr;
  }
  return std::make_shared<OpenDirectory>(OpenDirectory{std::move(handle), path, parent.depth + 1});
}

void TreeWalker::enter(std::shared_ptr<OpenDirectory> directory) {
  auto names = list_names(directory->handle.get());
  if (!names) {
    warnings_.add(directory->path, names.error());
    return;
  }
  std::ranges::sort(names.value(), {}, &NamedType::name);
  if (!names.value().empty()) {
    levels_.push_back({std::move(directory), std::move(names).value(), 0});
  }
}

void TreeWalker::add(WalkedBatch& batch, WalkedEntry entry) {
  if (previous_ != nullptr) {
    look_up(batch, entry);
  }
  batch.entries.push_back(std::move(entry));
}

void TreeWalker::look_up(WalkedBatch& batch, WalkedEntry& entry) {
  while (!has_previous_ || compare_paths(previous_->path(), entry.path) < 0) {
    const auto more = previous_->next();
    if (!more) {
      log::warning("workload", "the rest of the previous point's catalog cannot be used: {}", more.error().cause());
    }
    has_previous_ = more && more.value();
    if (!has_previous_) {
      previous_ = nullptr;
      return;
    }
  }
  if (previous_->path() != entry.path) {
    return;
  }
  entry.previous_at = batch.previous.size();
  entry.previous_size = previous_->head().size;
  append(batch.previous, previous_->raw());
}

}  // namespace quaymaster::workload
