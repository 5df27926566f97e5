#include "objects/directory/file_cache.h"

namespace quaymaster::objects {

Result<std::shared_ptr<File>> FileCache::open(const std::string& name) {
  std::uint64_t removals_before = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto* file = files_.find(name)) {
      return *file;
    }
    removals_before = removals_;
  }
  TRY(const auto status, disk_.status(root_ / name));
  if (status.kind != FileKind::regular) {
    return not_found("there is no object {}", name);
  }
  TRY(auto opened, disk_.open(root_ / name, OpenMode::read));
  std::shared_ptr<File> file = std::move(opened);

  std::vector<std::shared_ptr<File>> let_go;  // closed outside the lock
  const std::lock_guard lock(mutex_);
  // If something was removed meanwhile, this may be it, and a later object of the same name would be hidden.
  if (removals_ == removals_before) {
    let_go = files_.put(name, file);
  }
  return file;
}

void FileCache::forget(const std::string& name) {
  std::optional<std::shared_ptr<File>> let_go;
  const std::lock_guard lock(mutex_);
  ++removals_;
  let_go = files_.remove(name);
}

void FileCache::forget_all() {
  std::vector<std::shared_ptr<File>> let_go;
  const std::lock_guard lock(mutex_);
  ++removals_;
  let_go = files_.clear();
}

}  // namespace quaymaster::objects
