#pragma once

#include <string>

#include "base/files/anchor.h"
#include "base/files/space.h"
#include "server/data/reserve.h"

namespace quaymaster::server {

/// The state of the disk below the data directory, suitable for clients: no paths.
struct StorageState {
  bool is_ready = true;
  std::string remark;  // why it is not ready, or what will be refused although it is; may be empty
};

/// Whether the data directory can store new data. Thread-safe.
class StorageHealth {
 public:
  /// All arguments must outlive it. Errc::not_found: there is no such directory.
  static Result<StorageHealth> of(const Path& root, const Space& space, const Reserve& reserve);

  /// Not ready: the directory was removed, moved or unmounted; its file system is read-only; no space is left and the
  /// reserve is used up. Below the floor it is ready, since deletions must still be possible, and the remark says so.
  /// Costs some queries of the file system.
  StorageState look() const;

 private:
  StorageHealth(Anchor root, Path records, const Space& space, const Reserve& reserve)
      : root_(std::move(root)), records_(std::move(records)), space_(space), reserve_(reserve) {}

  Anchor root_;
  Path records_;
  const Space& space_;
  const Reserve& reserve_;
};

}  // namespace quaymaster::server
