#include "drive/format/status.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace quaymaster::drive {
namespace {

// In the order of the enums.
constexpr std::array kDrive = std::to_array<std::string_view>({
    "Completed",
    "CompletedWithWarnings",
    "CompletedWithErrors",
    "DiskNotFound",
    "VolumeNotNtfs",
    "DiskOperationFailed",
    "BitLockerVolumeNotFound",
    "BitLockerNotActivated",
    "BitLockerProtectorNotFound",
    "BitLockerKeyInvalid",
    "BitLockerUnlockVolumeFailed",
    "BitLockerFailed",
    "ManifestNameInvalid",
    "ManifestNameTooLong",
    "ManifestNotFound",
    "ManifestAccessDenied",
    "ManifestCorrupted",
    "ManifestFormatInvalid",
    "ManifestDriveIdMismatch",
    "ReadManifestFailed",
    "BlobListFormatInvalid",
    "BlobRequestForbidden",
    "InternalError",
});
constexpr std::array kBlob = std::to_array<std::string_view>({
    "Completed",
    "CompletedWithErrors",
    "FileNameInvalid",
    "FileNameTooLong",
    "FileNotFound",
    "FileAccessDenied",
    "BlobRequestFailed",
    "BlobRequestForbidden",
    "RenameFailed",
    "BlobUnexpectedChange",
    "LeasePresent",
    "IOFailed",
    "Failed",
});
constexpr std::array kDisposition = std::to_array<std::string_view>({
    "Created",
    "Renamed",
    "Skipped",
    "Overwritten",
    "Cancelled",
});
constexpr std::array kRange = std::to_array<std::string_view>({
    "Completed",
    "Committed",
    "Uncommitted",
    "Corrupted",
    "FileUnexpectedEnd",
    "BlobUnexpectedEnd",
    "BlobRequestFailed",
    "IOFailed",
    "Failed",
    "Cancelled",
});
constexpr std::array kSidecar = std::to_array<std::string_view>({
    "Completed",
    "FileNameInvalid",
    "FileNameTooLong",
    "FileNotFound",
    "FileAccessDenied",
    "Corrupted",
    "XmlReadFailed",
    "XmlWriteFailed",
    "BlobRequestFailed",
    "IOFailed",
    "Failed",
    "Cancelled",
});
static_assert(kDrive.size() == static_cast<std::size_t>(DriveStatusCode::internal_error) + 1);
static_assert(kBlob.size() == static_cast<std::size_t>(BlobStatus::failed) + 1);
static_assert(kDisposition.size() == static_cast<std::size_t>(DispositionStatus::cancelled) + 1);
static_assert(kRange.size() == static_cast<std::size_t>(RangeStatus::cancelled) + 1);
static_assert(kSidecar.size() == static_cast<std::size_t>(SidecarStatus::cancelled) + 1);

template <class Status, std::size_t Size>
std::optional<Status> find(const std::array<std::string_view, Size>& names, std::string_view text) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) {
    return std::nullopt;
  }
  return static_cast<Status>(std::distance(names.begin(), found));
}

}  // namespace

std::string_view name(DriveStatusCode code) {
  return kDrive.at(static_cast<std::size_t>(code));
}
std::string_view name(BlobStatus status) {
  return kBlob.at(static_cast<std::size_t>(status));
}
std::string_view name(DispositionStatus status) {
  return kDisposition.at(static_cast<std::size_t>(status));
}
std::string_view name(RangeStatus status) {
  return kRange.at(static_cast<std::size_t>(status));
}
std::string_view name(SidecarStatus status) {
  return kSidecar.at(static_cast<std::size_t>(status));
}

template <>
std::optional<DriveStatusCode> parse_status(std::string_view text) {
  return find<DriveStatusCode>(kDrive, text);
}
template <>
std::optional<BlobStatus> parse_status(std::string_view text) {
  return find<BlobStatus>(kBlob, text);
}
template <>
std::optional<DispositionStatus> parse_status(std::string_view text) {
  return find<DispositionStatus>(kDisposition, text);
}
template <>
std::optional<RangeStatus> parse_status(std::string_view text) {
  return find<RangeStatus>(kRange, text);
}
template <>
std::optional<SidecarStatus> parse_status(std::string_view text) {
  return find<SidecarStatus>(kSidecar, text);
}

DriveStatusCode manifest_status(const Error& error) {
  switch (error.kind()) {
    case Errc::invalid:
    case Errc::too_large:
      return DriveStatusCode::manifest_format_invalid;
    case Errc::corrupt:
      return DriveStatusCode::manifest_corrupted;
    case Errc::not_found:
      return DriveStatusCode::manifest_not_found;
    case Errc::forbidden:
      return DriveStatusCode::manifest_access_denied;
    default:
      return DriveStatusCode::read_manifest_failed;
  }
}

}  // namespace quaymaster::drive
