#pragma once

#include <map>
#include <mutex>

#include "workload/file_writer.h"
#include "workload/target_directory.h"

namespace quaymaster::workload {

enum class Outcome { restored, skipped };

/// Restores single entries, all but directories, into open directories. Thread-safe.
///
/// A file has the mode kUnfinished until it is whole: it can not be read, and a repeat after a crash begins it anew,
/// whatever the copy option. What replaces something is made under a name of its own and renamed over it, so the old
/// stays until the new is whole.
class EntryWriter {
 public:
  EntryWriter(const TargetDirectory& root, CopyOption copy, const vault::OpenStream& open, Crew& crew, Meter& meter,
              Warnings& warnings)
      : root_(root), copy_(copy), open_(open), crew_(crew), meter_(meter), warnings_(warnings) {}

  static constexpr mode_t kUnfinished = 01200;

  /// Errc::conflict: taken by something that stays, by a rule or by the copy option. Other errors: nothing of it is
  /// there, or what was there before.
  Result<Outcome> restore(const TargetDirectory& directory, const std::string& name, const CatalogEntry& entry);

 private:
  struct Place {
    const TargetDirectory& directory;
    std::string name;
  };
  /// Makes an entry under a name that is free (Errc::conflict: it is not) and finishes it.
  using Make = std::function<Result<>(const Place&)>;

  Result<Outcome> make(const Place& place, const CatalogEntry& entry, const Make& make);
  Result<Outcome> replace(const Place& place, const Make& make);
  Result<Outcome> make_copy(const Place& place, const CatalogEntry& entry, const Make& make);
  Result<> make_file(const Place& place, const CatalogEntry& entry);
  Result<> make_special(const Place& place, const CatalogEntry& entry);
  Result<Outcome> restore_linked(const Place& place, const CatalogEntry& entry);
  Result<> link_to(const std::string& path, std::uint64_t inode, const Place& place);
  std::optional<struct stat> status_of(const Place& place) const;
  bool is_identical(const Place& place, const struct stat& status, const CatalogEntry& entry) const;
  void renew_metadata(const Place& place, const struct stat& status, const TreeEntry& entry);

  /// Files with several names: where the first of them was restored to.
  struct Linked {
    std::mutex mutex;
    std::string path;
    std::uint64_t inode = 0;
    std::uint64_t met = 0;
  };

  const TargetDirectory& root_;
  const CopyOption copy_;
  const vault::OpenStream& open_;
  Crew& crew_;
  Meter& meter_;
  Warnings& warnings_;
  std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<Linked>> linked_;
};

}  // namespace quaymaster::workload
