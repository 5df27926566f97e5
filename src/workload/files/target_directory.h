#pragma once

#include <memory>

#include "workload/files/catalog_entry.h"
#include "workload/files/handle.h"

namespace quaymaster::workload {

/// A directory that is being restored into. Kept by what is still to be put into it and by its subdirectories; when the
/// last of them lets go, it gets its mode, owner and times, which would not have survived that.
class TargetDirectory {
 public:
  using Shared = std::shared_ptr<TargetDirectory>;
  /// The mode until it gets its own; one that has it when it is entered was made by a restore that did not end, and
  /// counts as made.
  static constexpr mode_t kUnfinished = 01700;

  /// The target itself, made when missing; `made` tells.
  static Result<Shared> open_root(const Path& path, bool& made, Warnings& warnings);
  /// The directory `name` in `parent`, made when missing; `made` tells. Errc::conflict: the name is something else, a
  /// symlink perhaps, which is never followed.
  static Result<Shared> enter(const Shared& parent, const std::string& name, bool& made);
  ~TargetDirectory();

  int get() const { return handle_.get(); }
  std::uint64_t device() const { return device_; }   // of its file system
  const std::string& path() const { return path_; }  // below the target
  /// What it gets at its end.
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

/// Owner, attributes, times and, last, mode of an open file or directory. What can not be set is warned of.
void apply_metadata(int file, const TreeEntry& entry, const std::string& path, Warnings& warnings);
/// The same of a file, all but its mode and the attributes that would change it, which are the answer.
std::vector<std::pair<std::string, Buffer>> apply_metadata_but_mode(int file, const TreeEntry& entry,
                                                                    const std::string& path, Warnings& warnings);
/// The same of a symlink or special file by name; nothing is followed.
void apply_metadata_at(const TargetDirectory& directory, const std::string& name, const TreeEntry& entry,
                       Warnings& warnings);

/// `path` is a chain of plain names. Errc::invalid: it could lead out of where it begins, or nowhere.
Result<std::vector<std::string>> plain_names(const std::string& path);

}  // namespace quaymaster::workload
