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

/// The first stage of a copy: walks the manifest, opens the files, reads their ranges into slots. A problem with one
/// file is reported in its pieces; a problem with the drive ends the walk.
class ImportReader {
 public:
  struct End {
    std::optional<DriveStatusCode> failure;  // of the drive
    std::string reason;
  };
  /// Provides an empty slot and takes a filled one. nullopt or false: stop.
  using TakeSlot = std::function<std::optional<Slot>()>;
  using GiveSlot = std::function<bool(Slot)>;
  /// Whether a blob with that address exists already. Called only for no-overwrite, to avoid reading the file.
  using Exists = std::function<Result<bool>(const BlobAddress&)>;

  struct Plan {
    std::string manifest_file;
    std::uint64_t first_entry = 0;
    std::uint64_t entries = 0;  // in the whole manifest, as examined
    std::size_t slot_bytes = 0;
    std::size_t slot_pieces = 0;
    Exists exists;
    LogPlace logs;  // of the job; drives may not write blobs there
  };

  ImportReader(DriveReader& drive, const Plan& plan, TakeSlot take, GiveSlot give)
      : drive_(drive), plan_(plan), sidecars_(drive), take_(std::move(take)), give_(std::move(give)) {}

  /// Reads the blobs from the first entry on. Errors of `exists`, or Errc::cancelled when a slot was refused.
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
  std::uint64_t unlooked_ = 0;  // bytes read since the last check that the drive is present
  bool blob_failed_ = false;
  std::optional<End> lost_;
};

/// Converts a failure to open the manifest to a drive status.
DriveStatusCode manifest_open_status(const Error& error);

/// Reads a file of a drive sequentially from its start.
ByteSource read_from(DriveFile& file);

}  // namespace quaymaster::drive
