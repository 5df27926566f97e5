#include "drive/import/import_reader.h"

#include <algorithm>

namespace quaymaster::drive {
namespace {

/// After so many consecutive unreadable files the drive itself has failed.
constexpr int kMostFailuresInARow = 256;
constexpr std::uint64_t kCheckEvery = 64 * kMiB;

BlobStatus file_status(const Error& error) {
  switch (error.kind()) {
    case Errc::invalid:
      return BlobStatus::file_name_invalid;
    case Errc::too_large:
      return BlobStatus::file_name_too_long;
    case Errc::not_found:
      return BlobStatus::file_not_found;
    case Errc::forbidden:
      return BlobStatus::file_access_denied;
    default:
      return BlobStatus::io_failed;
  }
}

}  // namespace

DriveStatusCode manifest_open_status(const Error& error) {
  switch (error.kind()) {
    case Errc::invalid:
      return DriveStatusCode::manifest_name_invalid;
    case Errc::too_large:
      return DriveStatusCode::manifest_name_too_long;
    case Errc::not_found:
      return DriveStatusCode::manifest_not_found;
    case Errc::forbidden:
      return DriveStatusCode::manifest_access_denied;
    default:
      return DriveStatusCode::read_manifest_failed;
  }
}

ByteSource read_from(DriveFile& file) {
  return [&file, offset = std::uint64_t{0}](MutableBytes into) mutable -> Result<std::size_t> {
    TRY(const auto size, file.read_at(into, offset));
    offset += size;
    return size;
  };
}

Result<ImportReader::End> ImportReader::run() {
  const auto manifest = drive_.open(plan_.manifest_file);
  if (!manifest) {
    return End{DriveStatusCode::disk_operation_failed,
               "the manifest cannot be opened again: " + manifest.error().cause()};
  }
  ManifestReader reader(read_from(*manifest.value()));
  const auto failed = [&](const Error& error) {
    note_failure();
    return lost_.value_or(End{manifest_status(error), "the manifest cannot be read again: " + error.cause()});
  };
  const auto header = reader.header();
  if (!header) {
    return failed(header.error());
  }
  header_ = header.value();
  std::uint64_t seen = 0;
  for (BlobEntry entry;; ++seen) {
    const auto more = reader.next(entry);
    if (!more) {
      return failed(more.error());
    }
    if (!more.value()) {
      break;
    }
    if (entry.index < plan_.first_entry) {
      continue;
    }
    TRY(read_blob(std::move(entry)));
    if (lost_) {
      TRY(hand_over());
      return *lost_;
    }
    entry = {};
  }
  TRY(hand_over());
  if (seen != plan_.entries) {
    return End{DriveStatusCode::manifest_corrupted, "the manifest has changed since it was examined"};
  }
  return End{};
}

Result<> ImportReader::read_blob(BlobEntry entry) {
  auto work = std::make_shared<BlobWork>();
  work->entry = std::move(entry);
  if (work->entry.ranges.size() >= kManyRanges) {
    work->ticket = gate_.enter();
  }
  blob_failed_ = false;
  std::unique_ptr<DriveFile> file;
  work->failure = prepare(*work, file);
  if (work->failure == BlobStatus::completed && work->entry.import_disposition() == Disposition::no_overwrite) {
    TRY(work->skipped, plan_.exists(work->address));
  }
  if (work->failure == BlobStatus::completed && !work->skipped) {
    work->sidecars = sidecars_.read(work->entry);
    for (std::size_t i = 0; i < work->entry.ranges.size(); ++i) {
      TRY(read_range(work, *file, i));
      if (lost_) {
        return ok();  // the blob has no end and is dropped
      }
    }
  }
  if (lost_) {
    return ok();
  }
  failures_in_a_row_ = blob_failed_ ? failures_in_a_row_ + 1 : 0;
  if (failures_in_a_row_ >= kMostFailuresInARow) {
    lost_ = End{DriveStatusCode::disk_operation_failed, "every read from the drive fails"};
  }
  const auto ranges = work->entry.ranges.size();
  TRY(add({std::move(work)}));
  if (ranges >= kManyRanges) {
    TRY(hand_over());
    gate_.wait_until_free();
  }
  return ok();
}

/// In the published order of checks: file, container and name, permission.
BlobStatus ImportReader::prepare(BlobWork& work, std::unique_ptr<DriveFile>& file) {
  auto opened = drive_.open(work.entry.file_path);
  if (!opened) {
    if (opened.error().kind() == Errc::io || opened.error().kind() == Errc::not_found) {
      note_failure();
    }
    blob_failed_ = opened.error().kind() == Errc::io;
    return file_status(opened.error());
  }
  file = std::move(opened).value();
  auto address = parse_blob_path(work.entry.blob_path);
  if (!work.entry.problem.empty() || !address) {
    return BlobStatus::blob_request_failed;
  }
  work.address = std::move(address).value();
  if (header_->credential == CredentialKind::container_sas && work.address.container != header_->sas_container) {
    return BlobStatus::blob_request_forbidden;
  }
  for (const auto& place : {plan_.logs, LogPlace{}}) {
    if (is_in_log_place(place, work.address.container, work.address.name)) {
      return BlobStatus::blob_request_forbidden;
    }
  }
  return BlobStatus::completed;
}

Result<> ImportReader::read_range(const std::shared_ptr<BlobWork>& work, DriveFile& file, std::size_t index) {
  const auto range = work->entry.ranges[index];
  std::uint64_t done = 0;
  do {
    Piece piece{work, index};
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(range.length - done, plan_.slot_bytes));
    TRY(const auto into, room(wanted));
    piece.at = static_cast<std::size_t>(into.data() - slot_->bytes.get());
    piece.size = wanted;
    piece.first = done == 0;
    piece.last = done + wanted == range.length;
    const auto size = file.read_at(into, range.offset + done);
    if (!size) {
      piece.status = RangeStatus::io_failed;
      blob_failed_ = true;
      note_failure();
    } else if (size.value() < wanted) {
      piece.status = RangeStatus::file_unexpected_end;
    }
    const bool good = piece.status == RangeStatus::completed;
    look_after(wanted);
    if (lost_) {
      return ok();
    }
    if (!good) {
      piece.size = 0;
      piece.last = true;
    }
    slot_->used += piece.size;
    TRY(add(std::move(piece)));
    if (!good) {
      return ok();
    }
    done += wanted;
  } while (done < range.length);
  return ok();
}

/// Room in the current slot, or in a new one.
Result<MutableBytes> ImportReader::room(std::size_t wanted) {
  if (slot_ && slot_->used + wanted > plan_.slot_bytes) {
    TRY(hand_over());
  }
  if (!slot_) {
    slot_ = take_();
    if (!slot_) {
      return cancelled("the copy was stopped");
    }
    if (!slot_->bytes) {
      slot_->bytes = std::make_unique_for_overwrite<std::uint8_t[]>(plan_.slot_bytes);
    }
  }
  return MutableBytes{slot_->bytes.get() + slot_->used, wanted};
}

Result<> ImportReader::add(Piece piece) {
  TRY(room(0));
  if (piece.range == Piece::kEnd) {
    slot_->ranges += piece.work->entry.ranges.size();
  }
  slot_->pieces.push_back(std::move(piece));
  if (slot_->pieces.size() >= plan_.slot_pieces || slot_->ranges >= kManyRanges) {
    TRY(hand_over());
  }
  return ok();
}

Result<> ImportReader::hand_over() {
  if (!slot_) {
    return ok();
  }
  const bool taken = give_(std::move(*slot_));
  slot_.reset();
  if (!taken) {
    return cancelled("the copy was stopped");
  }
  return ok();
}

/// Cached data can be read long after the drive was removed, and holes forever.
void ImportReader::look_after(std::uint64_t bytes) {
  unlooked_ += bytes;
  if (unlooked_ < kCheckEvery) {
    return;
  }
  unlooked_ = 0;
  note_failure();
}

void ImportReader::note_failure() {
  const auto present = drive_.check_present();
  if (!present && !lost_) {
    lost_ = End{DriveStatusCode::disk_operation_failed, "the drive is lost: " + present.error().cause()};
  }
}

}  // namespace quaymaster::drive
