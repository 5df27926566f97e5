#include "drive/format/copy_log.h"

#include <gtest/gtest.h>

#include "drive/read/scratch_test.h"

namespace quaymaster::drive {
namespace {

BlobEntry entry_of(std::string path, std::initializer_list<std::uint64_t> lengths) {
  BlobEntry entry;
  entry.blob_path = std::move(path);
  entry.file_path = "\\a.txt";
  entry.disposition = Disposition::overwrite;
  const auto digest = md5(as_bytes("x"));
  for (const auto length : lengths) {
    entry.ranges.add({entry.length, length, HashAlgorithm::md5, digest, "AAAAAA=="});
    entry.length += length;
  }
  return entry;
}

class CopyLogTest : public testing::Test {
 protected:
  std::unique_ptr<File> spool() { return disk.open(scratch.path() / "log", OpenMode::create).value(); }
  std::string text() { return scratch.read("log"); }

  Scratch scratch;
  SystemDisk disk;
};

TEST_F(CopyLogTest, WritesThePublishedShape) {
  auto file = spool();
  auto log = CopyLog::begin(*file, LogDetail::verbose, "WD123456").value();
  auto entry = entry_of("photos/a & b.txt", {12, 8});
  entry.properties = FileReference{"\\a.txt.properties", ClaimedHash(HashAlgorithm::md5, md5(as_bytes("x")))};
  BlobResult result;
  result.entry = &entry;
  result.status = BlobStatus::completed_with_errors;
  result.disposition = DispositionStatus::cancelled;
  result.ranges = {RangeStatus::uncommitted, RangeStatus::corrupted};
  result.metadata = SidecarResult{SidecarStatus::completed, FileReference{"\\meta.xml", std::nullopt}, std::nullopt};
  result.properties = SidecarResult{SidecarStatus::cancelled, std::nullopt, entry.properties};
  ASSERT_TRUE(log.add(result));
  const auto size = log.finish(DriveStatusCode::completed_with_errors);
  ASSERT_TRUE(size);
  EXPECT_EQ(text(), R"(<?xml version="1.0" encoding="UTF-8"?>
<DriveLog Version="2014-11-01">
  <DriveId>WD123456</DriveId>
  <Blob Status="CompletedWithErrors">
    <BlobPath>photos/a &amp; b.txt</BlobPath>
    <FilePath>\a.txt</FilePath>
    <Length>20</Length>
    <ImportDisposition Status="Cancelled">overwrite</ImportDisposition>
    <BlockList>
      <Block Offset="0" Length="12" Id="AAAAAA==" Hash="9DD4E461268C8034F5C8564E155C67A6" Status="Uncommitted"/>
      <Block Offset="12" Length="8" Id="AAAAAA==" Hash="9DD4E461268C8034F5C8564E155C67A6" Status="Corrupted"/>
    </BlockList>
    <Metadata Status="Completed">
      <GlobalPath>\meta.xml</GlobalPath>
    </Metadata>
    <Properties Status="Cancelled">
      <Path Hash="9DD4E461268C8034F5C8564E155C67A6">\a.txt.properties</Path>
    </Properties>
  </Blob>
  <Status>CompletedWithErrors</Status>
</DriveLog>)");
  EXPECT_EQ(size.value(), text().size());
}

TEST_F(CopyLogTest, TheErrorLogHoldsOnlyWhatFailedOrWasTouched) {
  auto file = spool();
  auto log = CopyLog::begin(*file, LogDetail::error, "WD1").value();
  const auto fine = entry_of("c/fine", {10});
  const auto renamed = entry_of("c/renamed", {10});
  const auto bad = entry_of("c/bad", {10, 10});
  ASSERT_TRUE(log.add({.entry = &fine, .disposition = DispositionStatus::created}));
  ASSERT_TRUE(log.add({.entry = &renamed, .renamed_to = "c/renamed (2)", .disposition = DispositionStatus::renamed}));
  ASSERT_TRUE(log.add({.entry = &bad,
                       .status = BlobStatus::completed_with_errors,
                       .disposition = DispositionStatus::created,
                       .ranges = {RangeStatus::completed, RangeStatus::io_failed},
                       .metadata = SidecarResult{SidecarStatus::completed, {}, FileReference{"\\m", {}}}}));
  ASSERT_TRUE(log.finish(DriveStatusCode::completed_with_errors));
  EXPECT_EQ(text(), R"(<?xml version="1.0" encoding="UTF-8"?>
<DriveLog Version="2014-11-01">
  <DriveId>WD1</DriveId>
  <Blob Status="Completed">
    <BlobPath>c/renamed (2)</BlobPath>
    <FilePath>\a.txt</FilePath>
    <Length>10</Length>
    <ImportDisposition Status="Renamed">overwrite</ImportDisposition>
    <BlockList/>
  </Blob>
  <Blob Status="CompletedWithErrors">
    <BlobPath>c/bad</BlobPath>
    <FilePath>\a.txt</FilePath>
    <Length>20</Length>
    <ImportDisposition Status="Created">overwrite</ImportDisposition>
    <BlockList>
      <Block Offset="10" Length="10" Id="AAAAAA==" Hash="9DD4E461268C8034F5C8564E155C67A6" Status="IOFailed"/>
    </BlockList>
  </Blob>
  <Status>CompletedWithErrors</Status>
</DriveLog>)");
}

TEST_F(CopyLogTest, ABlobThatFailedAtOnceHasEverythingBelowCancelled) {
  auto entry = entry_of("c/a", {5, 5});
  auto defaults = std::make_shared<ListDefaults>();
  defaults->metadata = FileReference{"\\meta.xml", {}};
  entry.defaults = defaults;
  const auto result = cancelled_below(entry, BlobStatus::file_not_found, true);
  EXPECT_EQ(result.disposition, DispositionStatus::cancelled);
  EXPECT_EQ(result.ranges, (std::vector{RangeStatus::cancelled, RangeStatus::cancelled}));
  EXPECT_EQ(result.metadata->status, SidecarStatus::cancelled);
  EXPECT_EQ(result.metadata->global->path, "\\meta.xml");
  EXPECT_FALSE(result.properties);
  EXPECT_FALSE(cancelled_below(entry, BlobStatus::file_not_found, false).disposition);
}

TEST_F(CopyLogTest, ALogCutAtAnyCheckpointAndGoneOnWithIsTheSameLog) {
  const auto first = entry_of("c/1", {10});
  const auto second = entry_of("c/2", {10});
  const auto write_whole = [&] {
    auto file = spool();
    auto log = CopyLog::begin(*file, LogDetail::verbose, "WD1").value();
    for (const auto* entry : {&first, &second}) {
      EXPECT_TRUE(log.add({.entry = entry}));
    }
    EXPECT_TRUE(log.finish(DriveStatusCode::completed));
    return text();
  };
  const auto whole = write_whole();

  for (std::size_t before = 0; before <= 2; ++before) {
    std::uint64_t recorded = 0;
    {
      auto file = spool();
      auto log = CopyLog::begin(*file, LogDetail::verbose, "WD1").value();
      for (std::size_t i = 0; i < before; ++i) {
        ASSERT_TRUE(log.add({.entry = i == 0 ? &first : &second}));
      }
      recorded = log.checkpoint().value();
      const auto lost = entry_of("c/lost", {10});
      ASSERT_TRUE(log.add({.entry = &lost}));
      ASSERT_TRUE(log.checkpoint());
    }
    auto file = spool();
    auto log = CopyLog::resume(*file, LogDetail::verbose, recorded).value();
    for (std::size_t i = before; i < 2; ++i) {
      ASSERT_TRUE(log.add({.entry = i == 0 ? &first : &second}));
    }
    ASSERT_TRUE(log.finish(DriveStatusCode::completed));
    EXPECT_EQ(text(), whole) << before;
  }
  auto file = spool();
  EXPECT_EQ(CopyLog::resume(*file, LogDetail::verbose, whole.size() + 1).error().kind(), Errc::corrupt);
}

TEST_F(CopyLogTest, ANameThatXmlCannotRepresentDoesNotBreakTheLog) {
  auto file = spool();
  auto log = CopyLog::begin(*file, LogDetail::verbose, "WD\x01").value();
  auto entry = entry_of("c/\xFF\u00e4\x02", {});
  BlobResult result{.entry = &entry};
  result.last_modified = parse_time("2012-09-18T23:47:08.5Z").value();
  ASSERT_TRUE(log.add(result));
  ASSERT_TRUE(log.finish(DriveStatusCode::completed));
  EXPECT_NE(text().find("<DriveId>WD\uFFFD</DriveId>"), std::string::npos) << text();
  EXPECT_NE(text().find("<BlobPath>c/\uFFFD\u00e4\uFFFD</BlobPath>"), std::string::npos) << text();
  EXPECT_NE(text().find("<LastModified>2012-09-18T23:47:08Z</LastModified>"), std::string::npos) << text();
}

}  // namespace
}  // namespace quaymaster::drive
