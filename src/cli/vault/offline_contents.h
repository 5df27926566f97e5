#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "vault/vault.h"
#include "workload/bundle/bundle.h"
#include "workload/disk/disk.h"
#include "workload/tree.h"

namespace quaymaster::cli {

/// The contents of a recovery point of any kind, by path: a tree's entries; a machine's disks by their names, which
/// "lun0" also finds. The vault must outlive it.
class OfflineContents {
 public:
  struct Entry {
    std::string path;
    workload::EntryKind kind = workload::EntryKind::file;
    std::uint32_t mode = 0;  // of a tree's entries
    std::uint64_t size = 0;
    Time modified;  // of a tree's entries
    std::string target;
  };
  using ReadAt = std::function<Result<std::size_t>(std::uint64_t offset, MutableBytes into)>;
  struct Stream {
    std::uint64_t size = 0;
    ReadAt read;  // returns fewer bytes only at the end
  };

  /// Errc::invalid, Errc::corrupt, Errc::unsupported: the root is not in one of our formats.
  static Result<OfflineContents> open(const vault::Point& point, vault::Vault& vault);

  /// For a directory its entries, otherwise the entry itself. Errc::not_found.
  Result<> list(const std::string& path, const std::function<void(const Entry&)>& visit) const;
  /// Errc::not_found. Errc::invalid: not a file.
  Result<Stream> read(const std::string& path) const;

  /// One source and its path; "" when it is the only one.
  const std::vector<workload::Part>& parts() const { return parts_; }
  bool is_alone() const { return parts_.size() == 1 && parts_.front().name.empty(); }
  static bool is_disk(const workload::Part& part);
  /// The part that contains `path`, and the rest of the path. Errc::not_found.
  struct Place {
    const workload::Part* part = nullptr;
    std::string rest;
  };
  Result<Place> place(const std::string& path) const;

 private:
  explicit OfflineContents(vault::OpenStream open) : open_(std::move(open)) {}
  void name_disks(std::string_view document);
  Result<Entry> disk_entry(const workload::Part& part) const;

  vault::OpenStream open_;
  std::map<std::string, std::string> luns_;  // "lun0" of a machine: the name of its part
  std::vector<workload::Part> parts_;
};

}  // namespace quaymaster::cli
