#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files/disk.h"
#include "base/result.h"
#include "wire/field.h"

namespace quaymaster::drive {

// The record of what was written to a drive, kept during preparation: from it a preparation resumes after a crash and
// the manifest is generated. Format: doc/formats/drive-journal.md.

enum class JournalKind { drive, session, file, session_end, manifest };
constexpr auto names(JournalKind) {
  using enum JournalKind;
  return std::array{wire::name(drive, "drive"), wire::name(session, "session"), wire::name(file, "file"),
                    wire::name(session_end, "sessionEnd"), wire::name(manifest, "manifest")};
}

/// One record; its kind determines which members it has.
struct JournalRecord {
  JournalKind kind = JournalKind::file;

  std::optional<std::string> drive_id;  // drive

  // session
  std::optional<std::string> session;
  std::optional<std::string> source;  // as given on the command line, percent-encoded like every source path
  std::optional<std::string> container;
  std::optional<std::string> prefix;
  std::optional<std::string> disposition;
  std::optional<std::string> metadata_path;  // on the drive, with the MD5 of the file
  std::optional<std::string> metadata_hash;
  std::optional<std::string> properties_path;
  std::optional<std::string> properties_hash;

  // file
  std::optional<std::string> path;       // beneath the source, percent-encoded
  std::optional<std::string> file_path;  // on the drive, as the manifest names it
  std::optional<std::string> blob_path;
  std::optional<std::uint64_t> length;
  std::optional<std::uint64_t> block_size;
  std::optional<std::string> md5s;  // of the blocks, 16 bytes each, base64 of their concatenation

  // session_end
  std::optional<std::uint64_t> files;
  std::optional<std::uint64_t> bytes;

  std::optional<std::string> manifest_hash;  // manifest

  static constexpr auto wire() {
    using wire::field;
    using R = JournalRecord;
    return wire::fields({field<&R::kind>("kind"),
                         field<&R::drive_id>("driveId"),
                         field<&R::session>("session"),
                         field<&R::source>("source"),
                         field<&R::container>("container"),
                         field<&R::prefix>("prefix"),
                         field<&R::disposition>("disposition"),
                         field<&R::metadata_path>("metadataPath"),
                         field<&R::metadata_hash>("metadataHash"),
                         field<&R::properties_path>("propertiesPath"),
                         field<&R::properties_hash>("propertiesHash"),
                         field<&R::path>("path"),
                         field<&R::file_path>("filePath"),
                         field<&R::blob_path>("blobPath"),
                         field<&R::length>("length"),
                         field<&R::block_size>("blockSize"),
                         field<&R::md5s>("md5s"),
                         field<&R::files>("files"),
                         field<&R::bytes>("bytes"),
                         field<&R::manifest_hash>("manifestHash")});
  }
};

/// Appends records. Those added since the last `commit` form one group: after a crash a prefix of the group is present,
/// possibly all or nothing. Not thread-safe; the journal owns the file.
class DriveJournal {
 public:
  using OnRecord = std::function<Result<>(const JournalRecord&)>;

  /// Opens the journal or creates one, passes every complete record to `on_record` in order, and drops a torn end.
  /// Errc::corrupt: not a journal, or damaged before its last group, so that complete groups would be lost.
  /// Errc::unsupported: a newer version.
  static Result<DriveJournal> open(Disk& disk, const Path& path, const OnRecord& on_record);
  /// Reads an existing journal without changing it. Errc::not_found.
  static Result<> read(Disk& disk, const Path& path, const OnRecord& on_record);

  /// Kept in memory until `commit`. Errc::too_large: a record over 4 MiB.
  Result<> add(const JournalRecord& record);
  /// On return everything added is on stable storage. After an error the journal must be opened again.
  Result<> commit();

 private:
  DriveJournal(std::unique_ptr<File> file, std::uint64_t size, std::uint32_t group)
      : file_(std::move(file)), size_(size), group_(group) {}

  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
  std::uint32_t group_ = 0;  // the number of the current group
  std::vector<std::string> pending_;
};

}  // namespace quaymaster::drive
