#pragma once

#include <map>
#include <mutex>

#include "workload/files/file_writer.h"
#include "workload/files/sync_batch.h"

namespace quaymaster::workload {

enum class Outcome { restored, skipped };

/// Restores single entries other than directories into open directories. Thread-safe.
///
/// A file has the mode kUnfinished until it is complete and its bytes are durable (SyncBatch): it cannot be read, and a
/// repeat after a crash writes it again, whatever the copy option. A replacement is created under a temporary name and
/// renamed once it is durable, so the old file stays until then. An existing file is skipped only when its bytes were
/// read and equal those of the point: size and times prove nothing.
class EntryWriter {
 public:
  EntryWriter(const TargetDirectory& root, CopyOption copy, const vault::OpenStream& open, WorkerPool& workers,
              Meter& meter, Warnings& warnings, SyncBatch& batch)
      : root_(root), copy_(copy), open_(open), workers_(workers), meter_(meter), warnings_(warnings), batch_(batch) {}

  static constexpr mode_t kUnfinished = 01200;

  /// Errc::conflict: taken by something that is kept, by rule or by the copy option. After other errors there is
  /// nothing of the entry, or what was there before.
  Result<Outcome> restore(const TargetDirectory::Shared& directory, const std::string& name, const CatalogEntry& entry);

 private:
  struct Place {
    const TargetDirectory::Shared& directory;
    std::string name;
  };
  /// A created entry. `is_durable`: it only needs to be moved to its place.
  struct Made {
    std::uint64_t inode = 0;
    bool is_durable = true;
    std::uint64_t bytes = 0;
    std::optional<std::uint32_t> mode;
    std::vector<std::pair<std::string, Buffer>> access;
  };
  /// Creates an entry under a free name (Errc::conflict: it is taken).
  using Make = std::function<Result<Made>(const Place&)>;
  /// The outcome for an entry. `inode` 0: it is not under its own name.
  struct Done {
    Outcome outcome;
    std::uint64_t inode = 0;
    std::string made_as;
  };

  Result<Done> make(const Place& place, const CatalogEntry& entry, const Make& make);
  Result<Done> make_new(const Place& place, const Make& make);
  Result<Done> replace(const Place& place, const Make& make);
  Result<Done> make_copy(const Place& place, const CatalogEntry& entry, const Make& make);
  Result<> hand_over(const Place& place, const std::string& made_as, Made made);
  Result<Made> make_file(const Place& place, const CatalogEntry& entry);
  Result<Made> make_special(const Place& place, const CatalogEntry& entry);
  Result<Outcome> restore_linked(const Place& place, const CatalogEntry& entry);
  Result<> link_to(const std::string& path, std::uint64_t inode, const Place& place);
  std::optional<struct stat> status_of(const Place& place) const;
  /// Reads the file only when everything else is equal.
  Result<bool> is_identical(const Place& place, const struct stat& status, const CatalogEntry& entry);
  Result<bool> has_bytes(const Place& place, const struct stat& status, const CatalogEntry& entry);
  void renew_metadata(const Place& place, const struct stat& status, const TreeEntry& entry);

  /// For files with several names: where the first of them was restored.
  struct Linked {
    std::mutex mutex;
    std::string path;
    std::string made_as;  // where it may still be until it is durable
    std::uint64_t inode = 0;
    std::uint64_t met = 0;
  };

  const TargetDirectory& root_;
  const CopyOption copy_;
  const vault::OpenStream& open_;
  WorkerPool& workers_;
  Meter& meter_;
  Warnings& warnings_;
  SyncBatch& batch_;
  std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<Linked>> linked_;
};

}  // namespace quaymaster::workload
