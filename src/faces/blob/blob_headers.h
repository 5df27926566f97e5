#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/digests/digest.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "faces/blob/blob_address.h"
#include "http/request.h"
#include "identity/signatures/sas.h"

namespace quaymaster::storage {

// Request headers. An empty value counts as absent (clients.md, 10.4).

std::optional<std::string_view> header(const http::Request& request, std::string_view name);

/// Of x-ms-meta-*. Errc::invalid: kEmptyMetadataKey, kInvalidMetadata, kMetadataTooLarge.
Result<blob::Metadata> read_metadata(const http::Request& request);

/// Which operation sets the properties. Put Blob uses the standard headers where those of the service are missing; it
/// and Put Block List accept a tier and set a content type for blobs that come without one; Set Blob Properties clears
/// what is not sent.
enum class Writing { blob, block_list, properties };
/// Of x-ms-blob-content-*, x-ms-blob-cache-control and x-ms-access-tier. Errc::invalid: kPropertiesTooLarge,
/// kInvalidHeaderValue, and as read_tier.
Result<blob::Properties> read_properties(const http::Request& request, Writing what);

/// Of x-ms-access-tier. Errc::invalid: kInvalidHeaderValue, kHeaderNotOffered (Archive).
Result<std::optional<blob::Tier>> read_tier(const http::Request& request);
constexpr std::string_view kNoArchive =
    "every blob can be read immediately, so none is archived; use Hot, Cool or Cold";
std::string_view tier_name(const blob::BlobInfo& blob);  // "Hot", also when it was never set

/// The checksums a body is verified against.
struct Checksums {
  std::optional<Md5Digest> md5;
  std::optional<std::uint64_t> crc64;
};
/// Of Content-MD5 and x-ms-content-crc64. Errc::invalid: kInvalidMd5, kInvalidHeaderValue, kBothChecksums.
Result<Checksums> read_checksums(const http::Request& request);

/// Refuses headers that ask for what is not offered, so that nothing a client relies on is silently dropped; other
/// unknown headers are ignored. Errc::invalid kHeaderNotOffered.
Result<> refuse_unsupported(const http::Request& request);
/// For operations without conditions, so that a client does not assume one was checked. Errc::invalid
/// kConditionHeaders.
Result<> refuse_conditions(const http::Request& request);

/// The state of a blob that the request names: a snapshot, a version or the current one. Errc::invalid
/// kInvalidParameter: not a time, or both.
Result<blob::StateId> read_state(const http::Request& request);
/// For writes, which accept no snapshot and no version. Errc::invalid kInvalidParameter.
Result<> refuse_old_state(const http::Request& request);

/// bytes=first-last, last included.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t size() const { return last - first + 1; }
};
/// x-ms-range, else Range. None: no range, or a form that the service answers with the whole blob. Errc::invalid
/// kInvalidRange (416): begins at or after the end. Source: blob.md, 7.
Result<std::optional<Range>> read_range(const http::Request& request, std::uint64_t blob_size);

// Response headers.

void add_version(http::Headers& headers, std::uint64_t etag, Time modified);  // ETag and Last-Modified
void add_version_id(http::Headers& headers, const blob::BlobInfo& blob);      // nothing when it has none
void add_metadata(http::Headers& headers, const blob::Metadata& metadata);
/// Everything that both GET and HEAD of a blob return, except Content-Length, Content-MD5 and what only HEAD has.
void add_blob(http::Headers& headers, const blob::BlobInfo& blob);
/// The values with which a service SAS overrides the stored ones.
void apply_overrides(http::Headers& headers, const identity::SasGrant& grant);

/// What tells a deleted container from others of its name: "01D0000000000017".
std::string deleted_container_version(const blob::ContainerInfo& container);
std::optional<std::uint64_t> deleted_container_id(std::string_view version);

std::string_view type_name(blob::Type type);  // "BlockBlob"
std::string crc64_text(std::uint64_t crc);    // base64 of the eight bytes, little endian

}  // namespace quaymaster::storage
