#include "objects/directory/directory_lister.h"

#include <algorithm>
#include <queue>

#include "objects/object_store.h"

namespace quaymaster::objects {
namespace {

class Lister {
 public:
  Lister(Disk& disk, const Path& root, std::string_view prefix, std::string_view after, std::size_t limit)
      : disk_(disk), root_(root), prefix_(prefix), after_(after), limit_(limit) {}

  /// `base` is empty or ends in "/".
  Result<> walk(const std::string& base) {
    auto names = disk_.list(root_ / base);
    if (!names) {
      // A directory that was removed meanwhile, or never used, is empty.
      return names.error().kind() == Errc::not_found ? Result<>(ok()) : Result<>(names.error());
    }
    // Smallest first. Whether a name is a directory is checked only when its turn comes; a directory is put back with a
    // trailing slash, since "a/x" comes after "a-b" and "a.b".
    std::priority_queue<std::string, std::vector<std::string>, std::greater<>> waiting;
    for (const auto& name : names.value()) {
      auto full = base + name;
      if (check_name(name) && may_matter(full)) {
        waiting.push(std::move(full));
      }
    }
    while (!waiting.empty() && found_.size() < limit_) {
      auto full = waiting.top();
      waiting.pop();
      if (full.back() == '/') {
        TRY(walk(full));
        continue;
      }
      const auto status = disk_.status(root_ / full);
      if (!status && status.error().kind() == Errc::not_found) {
        continue;
      }
      if (!status) {
        return status.error();
      }
      if (status.value().kind == FileKind::directory) {
        waiting.push(full + "/");
      } else if (status.value().kind == FileKind::regular && full.starts_with(prefix_) && full > after_) {
        found_.push_back(std::move(full));
      }
    }
    return ok();
  }

  std::vector<std::string> found() && { return std::move(found_); }

 private:
  /// Could `full` be a requested file, or a directory that contains one?
  bool may_matter(const std::string& full) const {
    const auto inside = full + "/";
    const bool in_prefix = full.starts_with(prefix_) || prefix_.starts_with(inside);
    const bool behind = full > after_ || inside > after_ || after_.starts_with(inside);
    return in_prefix && behind;
  }

  Disk& disk_;
  const Path& root_;
  const std::string_view prefix_;
  const std::string_view after_;
  const std::size_t limit_;
  std::vector<std::string> found_;
};

}  // namespace

Result<std::vector<std::string>> list_files(Disk& disk, const Path& root, std::string_view prefix,
                                            std::string_view after, std::size_t limit) {
  Lister lister(disk, root, prefix, after, limit);
  // Starts in the directory that the prefix names.
  const auto slash = prefix.rfind('/');
  const auto base = slash == std::string_view::npos ? std::string() : std::string(prefix.substr(0, slash + 1));
  if (!base.empty()) {
    TRY(check_name(base.substr(0, base.size() - 1)));
  }
  TRY(lister.walk(base));
  return std::move(lister).found();
}

}  // namespace quaymaster::objects
