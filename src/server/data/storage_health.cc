#include "server/data/storage_health.h"

#include <sys/statvfs.h>

namespace quaymaster::server {

Result<StorageHealth> StorageHealth::of(const Path& root, const Space& space, const Reserve& reserve) {
  TRY(auto anchor, Anchor::at(root));
  return StorageHealth(std::move(anchor), root / "records.db", space, reserve);
}

StorageState StorageHealth::look() const {
  struct statvfs system{};
  if (!root_.check() || ::statvfs(records_.c_str(), &system) != 0) {
    return {false, "the data directory was removed, moved or unmounted; restore it and start the server again"};
  }
  if ((system.f_flag & ST_RDONLY) != 0) {
    return {false, "the file system of the data directory is read-only"};
  }
  const auto free = space_.free_bytes();
  if (!free || space_.floor() == 0) {
    return {};
  }
  if (free.value() < kMiB && reserve_.slices() == 0) {
    return {false, "the disk of the data directory is full and the reserve is used up; free space on it"};
  }
  if (!space_.has_room(0)) {
    return {true,
            fmt::format("{} MiB are free and {} MiB are kept free: new data is refused; delete something or free space",
                        free.value() / kMiB, space_.floor() / kMiB)};
  }
  return {};
}

}  // namespace quaymaster::server
