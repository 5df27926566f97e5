#include "drive/manifest/manifest_reader.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include "base/encode.h"
#include "drive/format/status.h"
#include "drive/manifest/drive_id.h"
#include "drive/manifest/manifest_text_test.h"

namespace quaymaster::drive {
namespace {

constexpr std::string_view kWhole = R"(<?xml version="1.0" encoding="UTF-8"?>
<DriveManifest Version="2014-11-01">
  <Drive>
    <DriveId> WD123456 </DriveId>
    <StorageAccountKey>c2VjcmV0</StorageAccountKey>
    <ClientCreator>any text</ClientCreator>
    <BlobList Id="session#1-0">
      <MetadataPath Hash="00112233445566778899AABBCCDDEEFF">\meta.xml</MetadataPath>
      <Blob>
        <BlobPath>photos/a &amp; b.txt</BlobPath>
        <FilePath>\session1\a.txt</FilePath>
        <ClientData><free><text>x</text></free></ClientData>
        <Length>20</Length>
        <ImportDisposition>no-overwrite</ImportDisposition>
        <BlockList>
          <Block Offset="0" Length="20" Id="MD5/5IATLJ3VPj4048+fUjx0JQ==" Hash=" e480132c9dd53e3e34e3cf9f523c7425"/>
        </BlockList>
        <PropertiesPath>\a.txt.properties</PropertiesPath>
      </Blob>
    </BlobList>
    <BlobList>
      <Blob>
        <BlobPath>$root/disk.vhd</BlobPath>
        <FilePath>\disk.vhd</FilePath>
        <Snapshot>2024-01-02T03:04:05.0000000Z</Snapshot>
        <Length>2048</Length>
        <PageRangeList><PageRange Offset="512" Length="512" Hash="E480132C9DD53E3E34E3CF9F523C7425"/></PageRangeList>
      </Blob>
    </BlobList>
  </Drive>
</DriveManifest>
)";

TEST(ManifestReader, ReadsEveryPartOfAManifest) {
  ManifestReader reader(read_from(as_bytes(kWhole)));
  const auto header = reader.header();
  ASSERT_TRUE(header) << header.error().cause();
  EXPECT_EQ(header.value()->version, "2014-11-01");
  EXPECT_EQ(header.value()->drive_id, "WD123456");
  EXPECT_EQ(header.value()->credential, CredentialKind::account_key);
  EXPECT_EQ(header.value()->client_creator, "any text");

  BlobEntry entry;
  ASSERT_TRUE(reader.next(entry).value());
  EXPECT_EQ(entry.index, 0U);
  EXPECT_EQ(entry.blob_path, "photos/a & b.txt");
  EXPECT_EQ(entry.file_path, "\\session1\\a.txt");
  EXPECT_EQ(entry.length, 20U);
  EXPECT_EQ(entry.kind, BlobKind::block);
  EXPECT_EQ(entry.import_disposition(), Disposition::no_overwrite);
  EXPECT_EQ(entry.problem, "");
  ASSERT_EQ(entry.ranges.size(), 1U);
  EXPECT_EQ(entry.ranges[0].id, "MD5/5IATLJ3VPj4048+fUjx0JQ==");
  EXPECT_EQ(hex_upper(entry.ranges[0].hash), kHash20);
  EXPECT_EQ(entry.defaults->id, "session#1-0");
  EXPECT_EQ(entry.defaults->metadata->path, "\\meta.xml");
  EXPECT_EQ(entry.defaults->metadata->hash->text(), "00112233445566778899AABBCCDDEEFF");
  EXPECT_FALSE(entry.metadata);
  EXPECT_EQ(entry.properties->path, "\\a.txt.properties");
  EXPECT_FALSE(entry.properties->hash);

  ASSERT_TRUE(reader.next(entry).value());
  EXPECT_EQ(entry.index, 1U);
  EXPECT_EQ(entry.kind, BlobKind::page);
  EXPECT_EQ(entry.snapshot, "2024-01-02T03:04:05.0000000Z");
  EXPECT_FALSE(entry.disposition);
  EXPECT_EQ(entry.import_disposition(), Disposition::rename);
  EXPECT_FALSE(entry.defaults->metadata);
  EXPECT_FALSE(reader.next(entry).value());
  EXPECT_FALSE(reader.next(entry).value());
}

TEST(ManifestReader, RefusesEveryTruncation) {
  const auto whole = kWhole.substr(0, kWhole.rfind('>') + 1);
  ASSERT_TRUE(read_all(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = read_all(whole.substr(0, size));
    ASSERT_FALSE(cut) << "accepted a manifest cut to " << size << " bytes";
    EXPECT_EQ(manifest_status(cut.error()), DriveStatusCode::manifest_format_invalid);
  }
}

TEST(ManifestReader, RefusesInvalidManifests) {
  const std::string entry = block(0, 20);
  const std::pair<std::string, std::string> cases[] = {
      {"", "no element"},
      {"\x7F\x45LF", "not well-formed"},
      {"<a/>", "not DriveManifest"},
      {"<DriveManifest/>", "no Drive"},
      {"<DriveManifest><Drive/></DriveManifest>", "no DriveId"},
      {"<DriveManifest><Drive><BlobList/><DriveId>A</DriveId></Drive></DriveManifest>", "no DriveId"},
      {"<DriveManifest><Drive><DriveId> </DriveId><BlobList/></Drive></DriveManifest>", "no DriveId"},
      {drive_with("<DriveId>B</DriveId>"), "given twice"},
      {drive_with("<BlobList/><ClientCreator>x</ClientCreator>"), "after a BlobList"},
      {drive_with("<StorageAccountKey>x</StorageAccountKey><ContainerSas>c?y</ContainerSas>"), "both"},
      {"<DriveManifest><Drive><DriveId>A</DriveId></Drive><Drive/></DriveManifest>", "more than one Drive"},
      {drive_with("<ClientCreator><b/></ClientCreator>"), "contains an element"},
      {"<!DOCTYPE DriveManifest>" + blob_with(20, blocks(entry)), "document type declaration"},
      {list_with("<Blob><BlobPath>&x;</BlobPath></Blob>"), "undefined entity"},
      {list_with("<Blob/>"), "needs BlobPath"},
      {list_with("<Blob><BlobPath/><FilePath>a</FilePath><Length>0</Length><BlockList/></Blob>"), "needs BlobPath"},
      {list_with("<Blob><BlobPath>c/a</BlobPath><FilePath>a</FilePath><BlockList/></Blob>"), "needs BlobPath"},
      {list_with("<Blob><BlobPath>c/a</BlobPath><BlobPath>c/a</BlobPath></Blob>"), "given twice"},
      {list_with("<Blob><MetadataPath/></Blob>"), "is empty"},
      {list_with("<MetadataPath Hash='12'>m</MetadataPath>"), "digits"},
      {list_with("<Blob><BlobPath>c/a</BlobPath><FilePath>a</FilePath><Length>0</Length><BlockList/></Blob>"
                 "<MetadataPath>m</MetadataPath>"),
       "after a Blob"},
      {blob_with(20, ""), "needs a BlockList"},
      {blob_with(20, blocks(entry) + pages("")), "more than one"},
      {blob_with(20, blocks(entry) + blocks("")), "more than one"},
      {blob_with(512, blocks(page(0, 512))), "wrong kind"},
      {blob_with(20, blocks(entry) + "<ImportDisposition>Rename</ImportDisposition>"), "not an ImportDisposition"},
      {blob_with(20, blocks("<Block Offset='0' Length='20'/>")), "needs Offset"},
      {blob_with(20, blocks("<Block Offset='0' Length='20' Hash='E480'/>")), "4 digits"},
      {blob_with(20, blocks("<Block Offset='0' Length='20' Hash='" + std::string(32, 'g') + "'/>")), "hexadecimal"},
      {blob_with(20, blocks("<Block Offset='-1' Length='20' Hash=''/>")), "not a number"},
      {blob_with(20, blocks("<Block Offset='0x0' Length='20' Hash=''/>")), "not a number"},
      {blob_with(20, blocks("<Block Offset='9223372036854775808' Length='20' Hash=''/>")), "not a number"},
      {blob_with(20, blocks(block(0, 12) + block(10, 10))), "overlaps"},
      {blob_with(20, blocks(block(10, 10) + block(0, 10))), "gap"},
      {blob_with(20, blocks(block(0, 10) + block(12, 8))), "gap"},
      {blob_with(20, blocks(block(1, 19))), "gap"},
      {blob_with(20, blocks(block(0, 19))), "cover 19 bytes"},
      {blob_with(20, blocks(block(0, 21))), "cover 21 bytes"},
      {blob_with(20, blocks("")), "cover 0 bytes"},
      {blob_with(0, blocks(block(0, 0))), "has 0 bytes"},
      {blob_with(kLongestBlock + 1, blocks(block(0, kLongestBlock + 1))), "are allowed"},
      {blob_with(1000, pages("")), "not a whole number of pages"},
      {blob_with(1024, pages(page(0, 100))), "not aligned to pages"},
      {blob_with(1024, pages(page(100, 512))), "not aligned to pages"},
      {blob_with(1024, pages(page(512, 1024))), "past the end"},
      {blob_with(2048, pages(page(512, 1024) + page(1024, 512))), "overlaps"},
      {blob_with(8 * kMiB, pages(page(0, 4 * kMiB + 512))), "are allowed"},
  };
  for (const auto& [text, reason] : cases) {
    const auto result = read_all(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(manifest_status(result.error()), DriveStatusCode::manifest_format_invalid) << text;
    EXPECT_NE(result.error().cause().find(reason), std::string::npos) << text << "\n" << result.error().cause();
    EXPECT_EQ(result.error().cause().substr(0, 5), "line ");
  }
}

TEST(ManifestReader, AcceptsWhatTheRulesLeaveOpen) {
  for (const auto& text :
       {drive_with(""), list_with(""), blob_with(0, blocks("")), blob_with(4096, pages("")),
        blob_with(4096, pages(page(512, 512) + page(2048, 1024))), blob_with(20, blocks(block(0, 20, "Unknown='1'"))),
        drive_with("<Unknown><BlobList><Blob/></BlobList></Unknown>"),
        blob_with(20, blocks(block(0, 12) + block(12, 8))),
        blob_with(20, blocks("<Block Offset='0' Length='20' Hash='" + std::string(128, 'a') + "'><x/></Block>"))}) {
    const auto result = read_all(text);
    EXPECT_TRUE(result) << text << "\n" << result.error().cause();
  }
}

TEST(ManifestReader, WrongBlockIdsCostOnlyTheirBlob) {
  const auto with_ids = [](std::uint64_t length, const std::vector<std::string>& ids) {
    std::string list;
    const auto each = length / ids.size();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      list += block(i * each, each, ids[i].empty() ? "" : "Id='" + ids[i] + "'");
    }
    const auto entries = read_all(blob_with(length, blocks(list)));
    EXPECT_TRUE(entries);
    return entries.value().at(0).problem;
  };
  EXPECT_EQ(with_ids(20, {"AAAAAA==", "AAAAAA=="}), "");
  EXPECT_EQ(with_ids(64 * kMiB, {"", ""}), "");
  EXPECT_NE(with_ids(64 * kMiB + 2, {"", ""}), "");
  EXPECT_NE(with_ids(20, {"AAAAAA==", ""}), "");
  EXPECT_NE(with_ids(20, {"AAAAAA==", "AAAA"}), "");
  EXPECT_NE(with_ids(20, {"no base64"}), "");
  EXPECT_NE(with_ids(20, {base64(Buffer(65, 1))}), "");
  EXPECT_NE(with_ids(20, {base64(Buffer(600, 1))}), "");
  EXPECT_EQ(with_ids(20, {base64(Buffer(64, 1))}), "");
}

TEST(ManifestReader, AContainerSasNamesItsContainerAndNothingElseOfItIsKept) {
  for (const std::string_view sas : {"pictures?sv=2014-02-14&amp;sr=c&amp;sig=abc", " pictures ",
                                     "https://a.blob.core.windows.net/pictures?sig=abc", "/pictures/?sig=abc"}) {
    const auto text = drive_with(fmt::format("<ContainerSas>{}</ContainerSas>", sas));
    ManifestReader reader(read_from(as_bytes(text)));
    const auto header = reader.header();
    ASSERT_TRUE(header);
    EXPECT_EQ(header.value()->credential, CredentialKind::container_sas);
    EXPECT_EQ(header.value()->sas_container, "pictures");
  }
}

TEST(ManifestReader, ReturnsWhatPrecedesAFailureAndKeepsTheFailure) {
  ManifestReader reader(read_from(as_bytes(
      "<DriveManifest><Drive><DriveId>A</DriveId><BlobList><Blob><BlobPath>c/a</BlobPath><FilePath>a</FilePath>"
      "<Length>0</Length><BlockList/></Blob><Blob></BlobList>")));
  BlobEntry entry;
  ASSERT_TRUE(reader.next(entry));
  const auto first = reader.next(entry);
  ASSERT_FALSE(first);
  EXPECT_EQ(reader.next(entry).error().cause(), first.error().cause());
}

TEST(ManifestReader, PassesOnTheFailureOfItsSource) {
  ManifestReader reader([](MutableBytes) -> Result<std::size_t> { return io("bad sector"); });
  const auto header = reader.header();
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().kind(), Errc::io);
  EXPECT_EQ(manifest_status(header.error()), DriveStatusCode::read_manifest_failed);
}

/// A manifest of `count` blobs, generated while it is read.
class EndlessManifest {
 public:
  explicit EndlessManifest(std::uint64_t count) : count_(count), text_(drive_with("<BlobList>")) {
    text_.resize(text_.find("<BlobList>") + 10);
  }
  Result<std::size_t> read(MutableBytes into) {
    while (text_.size() - at_ < into.size() && made_ <= count_) {
      text_.erase(0, at_);
      at_ = 0;
      text_ += made_ == count_ ? std::string("</BlobList></Drive></DriveManifest>")
                               : fmt::format(
                                     "<Blob><BlobPath>c/{0}</BlobPath><FilePath>\\{0}</FilePath><Length>20</Length>"
                                     "<BlockList>{1}</BlockList></Blob>\n",
                                     made_, block(0, 20));
      ++made_;
    }
    const auto count = text_.copy(reinterpret_cast<char*>(into.data()), into.size(), at_);
    at_ += count;
    return count;
  }

 private:
  std::uint64_t count_;
  std::uint64_t made_ = 0;
  std::string text_;
  std::size_t at_ = 0;
};

TEST(ManifestReader, AMillionEntriesNeedNoMoreMemoryThanAThousand) {
  constexpr std::uint64_t kCount = 1'000'000;
  EndlessManifest endless(kCount);
  ManifestReader reader([&](MutableBytes into) { return endless.read(into); });
  BlobEntry entry;
  std::uint64_t seen = 0;
  std::size_t after_a_thousand = 0;
  while (reader.next(entry).value()) {
    ASSERT_EQ(entry.index, seen);
    ++seen;
    if (seen == 1000) {
      after_a_thousand = mallinfo2().uordblks;
    }
  }
  EXPECT_EQ(seen, kCount);
  EXPECT_LT(mallinfo2().uordblks, after_a_thousand + 4 * kMiB);
}

TEST(ManifestReader, TakesTheLongestBlockListAndNotOneMore) {
  const auto of = [](std::uint64_t count) {
    std::string list;
    for (std::uint64_t i = 0; i < count; ++i) {
      list += block(i, 1);
    }
    return read_all(blob_with(count, blocks(list)));
  };
  const auto most = of(kMostBlocks);
  ASSERT_TRUE(most);
  EXPECT_EQ(most.value()[0].ranges.size(), kMostBlocks);
  EXPECT_EQ(most.value()[0].ranges[49'999].offset, 49'999U);
  const auto more = of(kMostBlocks + 1);
  ASSERT_FALSE(more);
  EXPECT_EQ(manifest_status(more.error()), DriveStatusCode::manifest_format_invalid);
}

TEST(ManifestReader, BlobPathsAreSplitAtTheirContainer) {
  const auto address = parse_blob_path("/photos/2024/a%20b.txt");
  ASSERT_TRUE(address);
  EXPECT_EQ(address.value().container, "photos");
  EXPECT_EQ(address.value().name, "2024/a%20b.txt");
  EXPECT_TRUE(parse_blob_path("$root/a.bmp"));
  EXPECT_TRUE(parse_blob_path("c-1/" + std::string(1024, 'x')));
  for (const auto& bad : {std::string("photos"), std::string("photos/"), std::string("Photos/a"), std::string("ab/c"),
                          std::string("a--b/c"), std::string("-ab/c"), std::string("../a"), std::string("$root/a/b"),
                          "c-1/" + std::string(1025, 'x'), std::string(64, 'c') + "/a", std::string("c-1/a\nb"),
                          std::string("c-1/\xC2\x81"), std::string("c-1/\xEE\x80\x80"), std::string("$root/a\\b")}) {
    EXPECT_FALSE(parse_blob_path(bad)) << bad;
  }
}

TEST(ManifestReader, ABackslashInABlobPathIsASlash) {
  const auto address = parse_blob_path("photos\\2024\\a.txt");
  ASSERT_TRUE(address);
  EXPECT_EQ(address.value().container, "photos");
  EXPECT_EQ(address.value().name, "2024/a.txt");
}

TEST(ManifestReader, DriveIdsAreComparedWithoutBlanksAndCase) {
  EXPECT_TRUE(same_drive_id(" WD-123 456", "wd-123456 "));
  EXPECT_FALSE(same_drive_id("WD-123456", "WD-123457"));
}

}  // namespace
}  // namespace quaymaster::drive
