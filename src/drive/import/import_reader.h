#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drive/import/import_slot.h"
#include "drive/manifest/manifest_backup.h"
#include "drive/manifest/manifest_reader.h"
#include "drive/read/byte_source.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

/// The first stage of a copy: walks the manifest, opens the files, reads their ranges into slots. What goes wrong with
/// one file is told by its pieces; what goes wrong with the drive ends the walk.
class ImportReader {
 public:
  struct End {
    std::optional<DriveStatusCode> failure;  // of the drive
    std::string reason;
  };
  /// Hands out an empty slot and takes a filled one. None, or false: stop.
  using TakeSlot = std::function<std::optional<Slot>()>;
  using GiveSlot = std::function<bool(Slot)>;
  /// Whether a blob of that address is there already. Asked for no-overwrite only, to save the reading.
  using Exists = std::function<Result<bool>(const BlobAddress&)>;

  struct Plan {
    std::string manifest_file;
    std::uint64_t first_entry = 0;
    std::uint64_t entries = 0;  // of the whole manifest, as it was examined
    std::size_t slot_bytes = 0;
    std::size_t slot_pieces = 0;
    Exists exists;
    LogPlace logs;  // of the job; no blob of a drive goes there
  };

  ImportReader(DriveReader& drive, const Plan& plan, TakeSlot take, GiveSlot give)
      : drive_(drive), plan_(plan), sidecars_(drive), take_(std::move(take)), give_(std::move(give)) {}

  /// Reads the blobs from the first entry on. Errors are those of `exists`, or Errc::cancelled when a slot was refused.
  Result<End> run();

 private:
  Result<> read_blob(BlobEntry entry);
  BlobStatus prepare(BlobWork& work, std::unique_ptr<DriveFile>& file);
  Result<> read_range(const std::shared_ptr<BlobWork>& work, DriveFile& file, std::size_t index);
  Result<MutableBytes> room(std::size_t wanted);
  Result<> add(Piece piece);
  Result<> hand_over();
  void note_failure();
  void look_after(std::uint64_t bytes);

  DriveReader& drive_;
  const Plan& plan_;
  SidecarReader sidecars_;
  const TakeSlot take_;
  const GiveSlot give_;
  const ManifestHeader* header_ = nullptr;
  std::optional<Slot> slot_;
  TakesTurns gate_;
  int failures_in_a_row_ = 0;
  std::uint64_t unlooked_ = 0;  // bytes read since the drive was asked whether it is there
  bool blob_failed_ = false;
  std::optional<End> lost_;
};

/// What a failure to open the manifest makes of the drive.
DriveStatusCode manifest_open_status(const Error& error);

/// Reads a file of a drive from its start, in order.
ByteSource read_from(DriveFile& file);

}  // namespace quaymaster::drive
