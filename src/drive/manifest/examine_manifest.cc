#include "drive/manifest/examine_manifest.h"

#include <optional>

#include "drive/format/text.h"
#include "drive/manifest/drive_id.h"
#include "drive/manifest/manifest_reader.h"

namespace quaymaster::drive {
namespace {

constexpr std::size_t kPiece = 64 * kKiB;

/// Hashes and counts everything read through it, and distinguishes failures of the source from format errors.
class Meter {
 public:
  Meter(ByteSource source, const std::optional<ClaimedHash>& expected) : source_(std::move(source)) {
    if (expected) {
      hasher_.emplace(expected->algorithm());
    }
  }

  Result<std::size_t> read(MutableBytes into) {
    auto count = source_(into);
    if (!count) {
      failure = count.error();
      return count;
    }
    if (hasher_) {
      hasher_->update(into.first(count.value()));
    }
    size += count.value();
    return count;
  }

  /// Reads the rest after a parser that stopped early.
  Result<> drain() {
    Buffer piece(kPiece);
    for (;;) {
      TRY(const auto count, read(piece));
      if (count == 0) {
        return ok();
      }
    }
  }

  bool has(const ClaimedHash& expected) { return ClaimedHash(expected.algorithm(), hasher_->finish()) == expected; }

  std::optional<Error> failure;
  std::uint64_t size = 0;

 private:
  ByteSource source_;
  std::optional<Hasher> hasher_;
};

Result<> summarize(ManifestReader& reader, ManifestSummary& summary) {
  TRY(const auto* header, reader.header());
  summary.header = *header;
  BlobEntry entry;
  for (;;) {
    TRY(const bool more, reader.next(entry));
    if (!more) {
      return ok();
    }
    if (__builtin_add_overflow(summary.bytes, entry.length, &summary.bytes)) {
      return invalid("the lengths of the blobs add up to more than 2^64 bytes");
    }
    summary.blobs += 1;
    summary.ranges += entry.ranges.size();
  }
}

ManifestVerdict verdict(DriveStatusCode status, std::string reason) {
  return {status, std::move(reason), {}};
}

}  // namespace

Result<ManifestVerdict> examine_manifest(ByteSource source, std::string_view expected_hash,
                                         std::string_view expected_drive_id) {
  std::optional<ClaimedHash> expected;
  if (!trimmed(expected_hash).empty()) {
    auto parsed = parse_hash(expected_hash);
    if (!parsed) {
      return verdict(DriveStatusCode::manifest_corrupted, "the job's ManifestHash is " + parsed.error().cause());
    }
    expected = parsed.value();
  }

  Meter meter(std::move(source), expected);
  ManifestVerdict result;
  ManifestReader reader([&meter](MutableBytes into) { return meter.read(into); });
  const auto parsed = summarize(reader, result.summary);
  if (!meter.failure && !parsed) {
    (void)meter.drain();  // a failure is recorded in meter.failure
  }
  if (meter.failure) {
    if (meter.failure->kind() == Errc::cancelled) {
      return *meter.failure;
    }
    return verdict(manifest_status(*meter.failure), meter.failure->cause());
  }
  if (expected && !meter.has(*expected)) {
    return verdict(DriveStatusCode::manifest_corrupted, "the manifest does not have the ManifestHash of the job");
  }
  if (!parsed) {
    return verdict(manifest_status(parsed.error()), parsed.error().cause());
  }
  if (!same_drive_id(result.summary.header.drive_id, expected_drive_id)) {
    return verdict(DriveStatusCode::manifest_drive_id_mismatch, "the manifest names another drive than the job");
  }
  result.summary.size = meter.size;
  return result;
}

}  // namespace quaymaster::drive
