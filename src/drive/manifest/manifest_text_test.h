#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drive/manifest/manifest_reader.h"
#include "drive/read/byte_source.h"

namespace quaymaster::drive {

constexpr std::string_view kHash20 = "E480132C9DD53E3E34E3CF9F523C7425";  // of "The quick brown fox\n"

/// A manifest around the contents of its Drive element, after the DriveId.
inline std::string drive_with(std::string_view inside) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DriveManifest "
      "Version=\"2014-11-01\"><Drive><DriveId>WD123456</DriveId>"
      "{}</Drive></DriveManifest>",
      inside);
}
inline std::string list_with(std::string_view inside) {
  return drive_with(fmt::format("<BlobList>{}</BlobList>", inside));
}
/// A manifest of one blob of `length` bytes, with the given list elements.
inline std::string blob_with(std::uint64_t length, std::string_view lists) {
  return list_with(
      fmt::format("<Blob><BlobPath>photos/a.txt</BlobPath><FilePath>\\a.txt</FilePath><Length>{}</Length>{}</Blob>",
                  length, lists));
}
inline std::string block(std::uint64_t offset, std::uint64_t length, std::string_view more = "") {
  return fmt::format("<Block Offset=\"{}\" Length=\"{}\" Hash=\"{}\" {}/>", offset, length, kHash20, more);
}
inline std::string page(std::uint64_t offset, std::uint64_t length) {
  return fmt::format("<PageRange Offset=\"{}\" Length=\"{}\" Hash=\"{}\"/>", offset, length, kHash20);
}
inline std::string blocks(std::string_view inside) {
  return fmt::format("<BlockList>{}</BlockList>", inside);
}
inline std::string pages(std::string_view inside) {
  return fmt::format("<PageRangeList>{}</PageRangeList>", inside);
}

inline Result<std::vector<BlobEntry>> read_all(std::string_view manifest) {
  ManifestReader reader(read_from(as_bytes(manifest)));
  std::vector<BlobEntry> entries;
  for (;;) {
    BlobEntry entry;
    TRY(const bool more, reader.next(entry));
    if (!more) {
      return entries;
    }
    entries.push_back(std::move(entry));
  }
}

}  // namespace quaymaster::drive
