#include "drive/verify/verify.h"

#include "base/encode.h"
#include "drive/import/read_ahead.h"
#include "drive/manifest/examine_manifest.h"

namespace quaymaster::drive {
namespace {

class Verification {
 public:
  Verification(DriveReader& drive, const VerifyTask& task, const VerifyEvents& events, const ImportLimits& limits)
      : drive_(drive), task_(task), events_(events), limits_(limits) {}

  Result<VerifyResult> run() {
    TRY(examine());
    if (!result_.sound()) {
      return result_;
    }
    TRY(read_files());
    if (result_.sound() && result_.bad_blobs > 0) {
      result_.status = DriveStatusCode::completed_with_errors;
      result_.reason = fmt::format("{} of {} blobs do not match the manifest", result_.bad_blobs, result_.blobs);
    }
    return result_;
  }

 private:
  Result<> examine() {
    const auto file = drive_.open(task_.manifest_file);
    if (!file) {
      result_.status = manifest_open_status(file.error());
      result_.reason = file.error().cause();
      return ok();
    }
    Hasher md5(HashAlgorithm::md5);
    const auto source = [&, from_drive = read_from(*file.value())](MutableBytes into) -> Result<std::size_t> {
      TRY(events_.progress(0, 0));
      TRY(const auto size, from_drive(into));
      md5.update(Bytes(into).first(size));
      return size;
    };
    std::string drive_id = task_.drive_id;
    if (drive_id.empty()) {
      TRY(const auto id, id_in_manifest());
      drive_id = id;
    }
    TRY(const auto verdict, examine_manifest(source, task_.manifest_hash, drive_id));
    result_.status = verdict.status;
    result_.reason = verdict.reason;
    result_.drive_id = verdict.summary.header.drive_id;
    result_.manifest_hash = hex_upper(md5.finish());
    result_.blobs = verdict.summary.blobs;
    result_.bytes = verdict.summary.bytes;
    return ok();
  }

  /// Empty when there is none: the examination then reports what is wrong.
  Result<std::string> id_in_manifest() {
    const auto file = drive_.open(task_.manifest_file);
    if (!file) {
      return std::string();
    }
    ManifestReader reader(read_from(*file.value()));
    const auto header = reader.header();
    return header ? header.value()->drive_id : std::string();
  }

  Result<> read_files() {
    ImportReader::Plan plan{task_.manifest_file, 0,
                            result_.blobs,       limits_.slot_bytes,
                            limits_.slot_pieces, [](const BlobAddress&) -> Result<bool> { return false; }};
    ReadAhead source(drive_, std::move(plan), limits_.slots);
    while (auto slot = source.next()) {
      for (auto& piece : slot->pieces) {
        if (piece.range != Piece::kEnd) {
          if (piece.status != RangeStatus::completed) {
            piece.work->fail_range(piece.range, piece.status);
          }
          continue;
        }
        judge(*piece.work);
        bytes_done_ += piece.work->entry.length;
      }
      source.give_back(std::move(*slot));
      TRY(events_.progress(bytes_done_, result_.bytes));
    }
    TRY(const auto end, source.finish());
    if (end.failure) {
      result_.status = *end.failure;
      result_.reason = end.reason;
    }
    return ok();
  }

  void judge(const BlobWork& work) {
    const auto before = problems_;
    if (work.failure != BlobStatus::completed) {
      tell(work, std::string(name(work.failure)) + (work.entry.problem.empty() ? "" : ": " + work.entry.problem));
    }
    for (std::size_t i = 0; i < work.ranges.size(); ++i) {
      if (work.ranges[i] != RangeStatus::completed) {
        tell(work, fmt::format("{} at {}", name(work.ranges[i]), work.entry.ranges[i].offset));
      }
    }
    report_sidecar(work, "Metadata", work.sidecars.metadata_result);
    report_sidecar(work, "Properties", work.sidecars.properties_result);
    if (problems_ != before) {
      ++result_.bad_blobs;
    }
  }

  void report_sidecar(const BlobWork& work, std::string_view what, const std::optional<SidecarResult>& result) {
    if (result && result->status != SidecarStatus::completed) {
      tell(work, fmt::format("{} {}", what, name(result->status)));
    }
  }

  void tell(const BlobWork& work, std::string what) {
    ++problems_;
    events_.problem({work.entry.blob_path, work.entry.file_path, std::move(what)});
  }

  DriveReader& drive_;
  const VerifyTask& task_;
  const VerifyEvents& events_;
  const ImportLimits& limits_;
  VerifyResult result_;
  std::uint64_t bytes_done_ = 0;
  std::uint64_t problems_ = 0;
};

}  // namespace

Result<VerifyResult> verify_drive(DriveReader& drive, const VerifyTask& task, const VerifyEvents& events,
                                  const ImportLimits& limits) {
  return Verification(drive, task, events, limits).run();
}

}  // namespace quaymaster::drive
