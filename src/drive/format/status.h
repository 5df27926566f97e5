#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"

namespace quaymaster::drive {

// The outcomes for a drive and its parts, in the published terms of the copy logs.
// Source: Import/Export service log file format 2014-11-01, status tables.

enum class DriveStatusCode {
  completed,
  completed_with_warnings,  // dispositions renamed, skipped or overwrote something
  completed_with_errors,    // in blobs or chunks
  disk_not_found,
  volume_not_ntfs,
  disk_operation_failed,
  bitlocker_volume_not_found,
  bitlocker_not_activated,
  bitlocker_protector_not_found,
  bitlocker_key_invalid,
  bitlocker_unlock_volume_failed,
  bitlocker_failed,
  manifest_name_invalid,
  manifest_name_too_long,
  manifest_not_found,
  manifest_access_denied,
  manifest_corrupted,       // wrong hash
  manifest_format_invalid,  // malformed XML, or a rule was violated
  manifest_drive_id_mismatch,
  read_manifest_failed,  // an I/O error
  blob_list_format_invalid,
  blob_request_forbidden,
  internal_error,
};

enum class BlobStatus {
  completed,
  completed_with_errors,
  file_name_invalid,
  file_name_too_long,
  file_not_found,
  file_access_denied,
  blob_request_failed,
  blob_request_forbidden,
  rename_failed,
  blob_unexpected_change,
  lease_present,
  io_failed,
  failed,
};

enum class DispositionStatus { created, renamed, skipped, overwritten, cancelled };

/// For a block or a page range. `cancelled` here and below: an earlier failure stopped this part.
enum class RangeStatus {
  completed,
  committed,    // although the full block list was not
  uncommitted,  // uploaded, not committed
  corrupted,    // the bytes do not match their hash
  file_unexpected_end,
  blob_unexpected_end,
  blob_request_failed,
  io_failed,
  failed,
  cancelled,
};

/// For a blob's metadata or properties file.
enum class SidecarStatus {
  completed,
  file_name_invalid,
  file_name_too_long,
  file_not_found,
  file_access_denied,
  corrupted,
  xml_read_failed,
  xml_write_failed,
  blob_request_failed,
  io_failed,
  failed,
  cancelled,
};

/// The published spelling, "ManifestFormatInvalid".
std::string_view name(DriveStatusCode code);
std::string_view name(BlobStatus status);
std::string_view name(DispositionStatus status);
std::string_view name(RangeStatus status);
std::string_view name(SidecarStatus status);

/// The value with that spelling; nullopt for any other text.
template <class Status>
std::optional<Status> parse_status(std::string_view text);
template <>
std::optional<DriveStatusCode> parse_status(std::string_view text);
template <>
std::optional<BlobStatus> parse_status(std::string_view text);
template <>
std::optional<DispositionStatus> parse_status(std::string_view text);
template <>
std::optional<RangeStatus> parse_status(std::string_view text);
template <>
std::optional<SidecarStatus> parse_status(std::string_view text);

/// The drive status for a failure to read a manifest: invalid and too_large are ManifestFormatInvalid, corrupt is
/// ManifestCorrupted, not_found ManifestNotFound, forbidden ManifestAccessDenied, everything else ReadManifestFailed.
DriveStatusCode manifest_status(const Error& error);
/// Whether the log treats the disposition as a warning: the name was taken.
constexpr bool is_warning(DispositionStatus status) {
  return status == DispositionStatus::renamed || status == DispositionStatus::skipped ||
         status == DispositionStatus::overwritten;
}

}  // namespace quaymaster::drive
