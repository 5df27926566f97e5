#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "blob/blob_store.h"

namespace quaymaster::drive {

// Metadata and properties files: XML files next to the data on a drive. Format: doc/formats/drive-metadata.md.

/// Limit for metadata and properties files, which are read whole; larger ones are Errc::too_large
/// (SidecarStatus::xml_read_failed).
constexpr std::uint64_t kLargestSidecar = 1 * kMiB;

/// Errc::invalid: not well-formed, another root element, elements inside a value; Errc::too_large. All of them mean
/// SidecarStatus::xml_read_failed. The last of duplicate names wins.
Result<blob::Metadata> read_metadata(Bytes file);
/// Errc::invalid: a name that is not an XML name or a value that XML cannot represent
/// (SidecarStatus::xml_write_failed).
Result<std::string> write_metadata(const blob::Metadata& metadata);
/// Merges the blob's own entries into the list's default: names compare without case, the blob's entries win.
blob::Metadata merge(blob::Metadata defaults, const blob::Metadata& own);

/// What a properties file sets. Absent: not in the file; empty is a value.
struct PropertyFile {
  std::optional<std::string> content_type;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> content_disposition;  // not in the published list; read if present
  std::optional<std::string> cache_control;
  std::optional<std::string> content_md5;  // base64 text

  bool operator==(const PropertyFile&) const = default;
};
/// Same errors as read_metadata. Last-Modified, Etag, Content-Length and unknown elements are ignored.
Result<PropertyFile> read_properties(Bytes file);
PropertyFile merge(PropertyFile defaults, const PropertyFile& own);
/// Errc::invalid: Content-MD5 is not the base64 form of 16 bytes (SidecarStatus::blob_request_failed).
Result<blob::Properties> to_blob_properties(const PropertyFile& file);

/// What an export writes next to a blob: its properties, and the three that an import ignores.
struct ExportedProperties {
  PropertyFile properties;
  Time last_modified;
  std::string etag;  // with quotes, as in the blob service
  std::uint64_t content_length = 0;
};
/// Errc::invalid: a value that XML cannot represent. content_disposition is not written: no published reader supports
/// it.
Result<std::string> write_properties(const ExportedProperties& exported);
/// The same without the three, as preparation tools write it. Content-Disposition is written when set.
Result<std::string> write_properties(const PropertyFile& properties);

}  // namespace quaymaster::drive
