// The examples in doc/formats are exactly what our writers write and our readers accept.

#include <gtest/gtest.h>

#include <fstream>

#include "base/encode.h"
#include "drive/format/copy_log.h"
#include "drive/format/metadata.h"
#include "drive/manifest/manifest_text_test.h"
#include "drive/manifest/manifest_writer.h"
#include "drive/read/scratch_test.h"

namespace quaymaster::drive {
namespace {

/// The n-th XML block of a page in doc/formats.
std::string example(const std::string& page, int n = 0) {
  std::ifstream stream(std::string(QM_SOURCE_DIR) + "/doc/formats/" + page);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  constexpr std::string_view kOpen = "```xml\n";
  auto from = text.find(kOpen);
  for (; n > 0 && from != text.npos; --n) {
    from = text.find(kOpen, from + 1);
  }
  EXPECT_NE(from, text.npos) << page;
  from += kOpen.size();
  return text.substr(from, text.find("\n```", from) - from);
}

TEST(FormatPages, TheManifestIsReadAndWrittenAgainTheSame) {
  const auto text = example("drive-manifest.md");
  ManifestReader reader(read_from(as_bytes(text)));
  std::string copy;
  const auto header = reader.header();
  ASSERT_TRUE(header) << header.error().cause();
  ManifestWriter writer(
      [&](Bytes bytes) -> Result<> {
        copy += as_text(bytes);
        return ok();
      },
      *header.value());
  BlobEntry entry;
  while (reader.next(entry).value()) {
    EXPECT_EQ(entry.problem, "");
    if (entry.index == 0) {
      ASSERT_TRUE(writer.start_list(*entry.defaults));
    }
    ASSERT_TRUE(writer.add(entry));
  }
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(copy, text);
}

TEST(FormatPages, TheMetadataAndPropertiesAreReadAndWrittenAgainTheSame) {
  const auto metadata = example("drive-metadata.md", 0);
  EXPECT_EQ(write_metadata(read_metadata(as_bytes(metadata)).value()).value(), metadata);
  const auto properties = example("drive-metadata.md", 1);
  const auto read = read_properties(as_bytes(properties)).value();
  EXPECT_TRUE(to_blob_properties(read));
  auto written = write_properties(read).value();
  EXPECT_EQ(written, properties);
}

TEST(FormatPages, TheCopyLogIsWritten) {
  BlobEntry entry;
  entry.blob_path = "photos/a.txt";
  entry.file_path = "\\session1\\a.txt";
  entry.length = 20;
  entry.disposition = Disposition::overwrite;
  const auto first = decode_hex("E05E6A516C92259691CF9194DFDEFF92").value();
  const auto second = decode_hex("58D3A9F1EC5F4F09233C2E4F8ED2A416").value();
  entry.ranges.add({0, 12, HashAlgorithm::md5, first, "AAAAAA=="});
  entry.ranges.add({12, 8, HashAlgorithm::md5, second, "AQAAAA=="});
  BlobResult result;
  result.entry = &entry;
  result.status = BlobStatus::completed_with_errors;
  result.disposition = DispositionStatus::created;
  result.ranges = {RangeStatus::uncommitted, RangeStatus::corrupted};
  result.metadata = SidecarResult{SidecarStatus::completed, FileReference{"\\meta.xml", {}}, {}};

  const Scratch scratch;
  SystemDisk disk;
  auto file = disk.open(scratch.path() / "log", OpenMode::create).value();
  auto log = CopyLog::begin(*file, LogDetail::verbose, "WD123456").value();
  ASSERT_TRUE(log.add(result));
  ASSERT_TRUE(log.finish(DriveStatusCode::completed_with_errors));
  EXPECT_EQ(scratch.read("log"), example("copy-log.md"));
}

}  // namespace
}  // namespace quaymaster::drive
