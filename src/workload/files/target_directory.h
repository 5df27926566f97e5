#pragma once

#include <memory>

#include "workload/files/catalog_entry.h"
#include "workload/files/handle.h"

namespace quaymaster::workload {

/// A directory that is being restored into. Kept alive by its pending entries and subdirectories; when the last of them
/// releases it, it gets its mode, owner and times, which would not have survived their creation.
class TargetDirectory {
 public:
  using Shared = std::shared_ptr<TargetDirectory>;
  /// The mode of an unfinished directory; one that already has it was made by an unfinished restore and counts as made.
  static constexpr mode_t kUnfinished = 01700;

  /// The target itself, created when missing; `made` reports that.
  static Result<Shared> open_root(const Path& path, bool& made, Warnings& warnings);
  /// The directory `name` in `parent`, created when missing; `made` reports that. Errc::conflict: the name is something
  /// else, such as a symlink, which is never followed.
  static Result<Shared> enter(const Shared& parent, const std::string& name, bool& made);
  ~TargetDirectory();

  int get() const { return handle_.get(); }
  std::uint64_t device() const { return device_; }   // of its file system
  const std::string& path() const { return path_; }  // relative to the target
  /// Sets the metadata that it gets at the end.
  void finish_with(TreeEntry entry) { entry_ = std::move(entry); }

  TargetDirectory(Shared parent, Handle handle, std::uint64_t device, std::string path, Warnings& warnings)
      : parent_(std::move(parent)),
        handle_(std::move(handle)),
        device_(device),
        path_(std::move(path)),
        warnings_(warnings) {}

 private:
  const Shared parent_;
  Handle handle_;
  const std::uint64_t device_;
  const std::string path_;
  Warnings& warnings_;
  std::optional<TreeEntry> entry_;
};

/// Sets owner, attributes, times and, last, the mode of an open file or directory. What cannot be set becomes a
/// warning.
void apply_metadata(int file, const TreeEntry& entry, const std::string& path, Warnings& warnings);
/// The same for a file, except its mode and the attributes that would change it, which are returned.
std::vector<std::pair<std::string, Buffer>> apply_metadata_but_mode(int file, const TreeEntry& entry,
                                                                    const std::string& path, Warnings& warnings);
/// The same for a symlink or special file by name; nothing is followed.
void apply_metadata_at(const TargetDirectory& directory, const std::string& name, const TreeEntry& entry,
                       Warnings& warnings);

/// Splits `path` into plain names. Errc::invalid: it could lead out of its starting directory, or is malformed.
Result<std::vector<std::string>> plain_names(const std::string& path);

}  // namespace quaymaster::workload
