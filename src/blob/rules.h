#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "blob/blob_store.h"

namespace quaymaster::blob {

// The names, metadata and properties that the Blob service accepts. The same rules for every source: REST, manifests
// and sidecar files of drives. Source: "Naming and referencing containers, blobs, and metadata" (blob.md, 4 and 20).

/// A blob name or prefix as the service stores it: every backslash becomes a slash.
std::string stored_name(std::string_view name);

/// For a name returned by stored_name: valid UTF-8, 1 to 1024 UTF-16 units, at most 254 segments, no ASCII control
/// characters, no U+0081, nothing from U+E000 to U+F8FF. Errc::invalid; the cause names the rule.
Result<> check_blob_name(std::string_view name);

/// Total size of the names and values of the metadata of a blob or container.
constexpr std::size_t kLargestMetadata = 8 * kKiB;
/// Total size of the texts of a blob's properties. Metadata, properties and the rest of a response's head must stay
/// below the 16 KiB that common HTTP clients accept (Node.js); a blob with more could be stored but never read.
constexpr std::size_t kLargestProperties = 4 * kKiB;

/// Names are ASCII identifiers, values are printable ASCII. Errc::invalid, Errc::too_large; the cause names the entry.
Result<> check_metadata(const Metadata& metadata);
/// Values contain no control characters. Errc::invalid, Errc::too_large.
Result<> check_properties(const Properties& properties);

}  // namespace quaymaster::blob
