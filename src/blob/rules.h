#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "blob/blob_store.h"

namespace quaymaster::blob {

// What the Blob service takes as names, metadata and properties. One set of rules for every way in: REST, the manifests
// and the sidecar files of drives. Source: "Naming and referencing containers, blobs, and metadata" (blob.md, 4 and
// 20).

/// A blob name or prefix as the service keeps it: every backslash is a slash.
std::string stored_name(std::string_view name);

/// For a name as stored_name gives it: valid UTF-8, 1 to 1024 UTF-16 units, at most 254 segments, no ASCII control
/// characters, no U+0081, nothing from U+E000 to U+F8FF. Errc::invalid, the cause says which.
Result<> check_blob_name(std::string_view name);

/// Names and values of a blob's or container's metadata together.
constexpr std::size_t kLargestMetadata = 8 * kKiB;
/// The texts of a blob's properties together. Metadata, properties and the rest of an answer's head must stay below the
/// 16 KiB that common HTTP clients read (Node.js); a blob with more could be stored and never be read.
constexpr std::size_t kLargestProperties = 4 * kKiB;

/// Names are ASCII identifiers, values are printable ASCII. Errc::invalid, Errc::too_large; the cause says which entry.
Result<> check_metadata(const Metadata& metadata);
/// Values hold no control characters. Errc::invalid, Errc::too_large.
Result<> check_properties(const Properties& properties);

}  // namespace quaymaster::blob
