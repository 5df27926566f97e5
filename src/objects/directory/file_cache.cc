#include "objects/directory/file_cache.h"

namespace quaymaster::objects {

Result<std::shared_ptr<File>> FileCache::open(const std::string& name) {
  std::uint64_t removals_before = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = by_name_.find(name); at != by_name_.end()) {
      entries_.splice(entries_.begin(), entries_, at->second);
      return entries_.front().file;
    }
    removals_before = removals_;
  }
  TRY(const auto status, disk_.status(root_ / name));
  if (status.kind != FileKind::regular) {
    return not_found("{} is no object", name);
  }
  TRY(auto opened, disk_.open(root_ / name, OpenMode::read));
  std::shared_ptr<File> file = std::move(opened);

  Entry let_go;  // closed outside the lock
  const std::lock_guard lock(mutex_);
  // If something was removed meanwhile, this may be it, and a later object of the same name would be hidden.
  if (removals_ == removals_before && !by_name_.contains(name)) {
    entries_.push_front({name, file});
    by_name_.emplace(entries_.front().name, entries_.begin());
    if (entries_.size() > most_) {
      by_name_.erase(entries_.back().name);
      let_go = std::move(entries_.back());
      entries_.pop_back();
    }
  }
  return file;
}

void FileCache::forget(const std::string& name) {
  Entry let_go;
  const std::lock_guard lock(mutex_);
  ++removals_;
  if (const auto at = by_name_.find(name); at != by_name_.end()) {
    const auto entry = at->second;
    by_name_.erase(at);
    let_go = std::move(*entry);
    entries_.erase(entry);
  }
}

void FileCache::forget_all() {
  std::list<Entry> let_go;
  const std::lock_guard lock(mutex_);
  ++removals_;
  by_name_.clear();
  let_go.swap(entries_);
}

}  // namespace quaymaster::objects
