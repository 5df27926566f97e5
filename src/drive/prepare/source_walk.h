#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "drive/prepare/source_tree.h"

namespace quaymaster::drive {

/// One regular file of a source, with its names in the source, on the drive and in the store.
struct SourceFile {
  std::string path;        // in the source, bytes as the file system has them
  std::string drive_path;  // beneath the session's directory, separated by "/": names that are valid on NTFS
  std::string blob_name;   // after the prefix: UTF-8 that XML can represent
  std::uint64_t size = 0;
};

/// Walks a source in one fixed order, by the bytes of the whole path, so that "everything up to this path is done" is
/// the only state to remember. Holds only the names in the directories on the current path.
///
/// Names are kept where possible. Characters that NTFS or a blob does not allow become "_", and such a name gets "~"
/// and eight digits of its MD5 before the extension, so that it is the same in every run and unique; so does the second
/// of two names that differ only in case, for its place on the drive.
class SourceWalk {
 public:
  using OnFile = std::function<Result<>(const SourceFile&)>;
  /// What is skipped, and why, for people. Includes what precedes `after`, unless its whole directory does.
  using OnSkipped = std::function<Result<>(const std::string& path, std::string_view reason)>;

  SourceWalk(SourceTree& source, OnFile on_file, OnSkipped on_skipped)
      : source_(source), on_file_(std::move(on_file)), on_skipped_(std::move(on_skipped)) {}

  /// Visits every file after `after` ("" for all). Errors of the callbacks; Errc::io and similar only for the root of
  /// the source.
  Result<> run(const std::string& after = "");

 private:
  struct Names {
    std::string source;
    std::string drive;
    std::string blob;
  };
  Result<> directory(const Names& at, const std::vector<SourceName>& names, const std::string& after);

  SourceTree& source_;
  const OnFile on_file_;
  const OnSkipped on_skipped_;
};

/// A valid segment of a blob name for the file name `name`.
std::string blob_segment(std::string_view name);
/// `name` with "~" and eight digits of the MD5 of `original` before its extension.
std::string tagged(std::string_view name, std::string_view original);

}  // namespace quaymaster::drive
