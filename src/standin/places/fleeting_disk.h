#pragma once

#include "base/files/disk.h"

namespace quaymaster::server {

/// The real disk without syncing: nothing is ever forced onto stable storage. For a data directory that is deleted with
/// its server.
class FleetingDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override;
  Result<FileStatus> status(const Path& path) override { return system_.status(path); }
  Result<std::vector<std::string>> list(const Path& directory) override { return system_.list(directory); }
  Result<> make_directories(const Path& path) override;
  Result<> make_directory(const Path& path) override { return make_directories(path); }
  Result<> rename(const Path& from, const Path& to) override;
  Result<> rename_new(const Path& from, const Path& to) override { return system_.rename_new(from, to); }
  Result<> remove(const Path& path) override { return system_.remove(path); }
  Result<> sync_directory(const Path&) override { return ok(); }
  Result<> sync_all(const Path&) override { return ok(); }
  Result<std::uint64_t> free_bytes(const Path& path) override { return system_.free_bytes(path); }

 private:
  SystemDisk system_;
};

}  // namespace quaymaster::server
