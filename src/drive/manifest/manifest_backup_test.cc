#include "drive/manifest/manifest_backup.h"

#include <gtest/gtest.h>

#include "drive/format/drive_header.h"
#include "drive/manifest/drive_list.h"

namespace quaymaster::drive {
namespace {

LogName sample_name() {
  return {"photos_2024", "WD-123456", parse_time("2017-08-13T19:46:20.574Z").value(), LogKind::manifest};
}

TEST(ManifestBackup, NamesTheBlobAsPublished) {
  EXPECT_EQ(log_blob_name({}, sample_name()), "waies/photos_2024_WD-123456_20170813-194620-574_manifest.xml");
  auto name = sample_name();
  name.kind = LogKind::verbose;
  name.drive_id = "WD 12/3\\4_5";
  name.time += Ticks(9'999);  // truncated, not rounded
  EXPECT_EQ(log_blob_name({"logs", "a/b/"}, name), "a/b/waies/photos_2024_WD12-3-4-5_20170813-194620-574_verbose.xml");
  EXPECT_EQ(log_blob_name({}, next_log_name(sample_name())),
            "waies/photos_2024_WD-123456_20170813-194620-575_manifest.xml");
}

TEST(ManifestBackup, NamesAreReadBackFromTheRight) {
  for (const auto kind : {LogKind::verbose, LogKind::error, LogKind::manifest}) {
    auto name = sample_name();
    name.kind = kind;
    EXPECT_EQ(parse_log_blob_name(log_blob_name({"c", "x/y/"}, name)).value(), name);
  }
  for (const auto* bad : {"", "waies/", "manifest.xml", "a_manifest.xml", "d_20170813-194620-574_manifest.xml",
                          "_d_20170813-194620-574_manifest.xml", "j__20170813-194620-574_manifest.xml",
                          "j_d_20170813-194620-574_other.xml", "j_d_20171313-194620-574_error.xml",
                          "j_d_20170813-194620_error.xml", "j_d_20170813-194620-574_error.txt"}) {
    EXPECT_FALSE(parse_log_blob_name(bad)) << bad;
  }
}

TEST(ManifestBackup, DiagnosticsPathIsAContainerAndADirectory) {
  const struct {
    std::string_view text;
    LogPlace place;
  } good[] = {
      {"", {"waimportexport", ""}}, {"/", {"waimportexport", ""}},      {"mylogs", {"mylogs", ""}},
      {"/mylogs/", {"mylogs", ""}}, {"mylogs/a/b", {"mylogs", "a/b/"}}, {"mylogs//a/", {"mylogs", "a/"}},
  };
  for (const auto& [text, place] : good) {
    const auto parsed = parse_diagnostics_path(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed.value(), place) << text;
  }
  for (const auto& bad : {std::string("$root"), std::string("$root/a"), std::string("Logs"), std::string("ab"),
                          std::string("a--b"), std::string("logs/../x"), std::string("logs/./x"),
                          std::string("logs/a\nb"), std::string("../logs"), "logs/" + std::string(600, 'x')}) {
    EXPECT_FALSE(parse_diagnostics_path(bad)) << bad;
  }
}

TEST(DriveList, WritesTheFragmentOfTheJournals) {
  DriveListEntry entry{"WD<1>", "key", "\\DriveManifest.xml", "00FF", std::nullopt};
  EXPECT_EQ(write_drive_fragment(entry).value(),
            "<Drive>\n  <DriveId>WD&lt;1&gt;</DriveId>\n  <BitLockerKey>key</BitLockerKey>\n"
            "  <ManifestFile>\\DriveManifest.xml</ManifestFile>\n  <ManifestHash>00FF</ManifestHash>\n</Drive>");
  entry.drive_header_hash = "";
  EXPECT_NE(write_drive_fragment(entry).value().find("<DriveHeaderHash/>"), std::string::npos);
  entry.drive_id = "\x01";
  EXPECT_EQ(write_drive_fragment(entry).error().kind(), Errc::invalid);
}

TEST(DriveList, DistinguishesTheFormsOfABitLockerKey) {
  constexpr std::string_view good = "000011-000022-720885-111111-222222-333333-444444-555555";
  EXPECT_EQ(bitlocker_key_form(good), BitLockerKeyForm::numerical_password);
  EXPECT_TRUE(is_true_numerical_password(good));
  for (const std::string_view off : {"000011-000022-720896-111111-222222-333333-444444-555555",
                                     "000011-000022-720885-111111-222222-333333-444444-555556"}) {
    EXPECT_EQ(bitlocker_key_form(off), BitLockerKeyForm::numerical_password);
    EXPECT_FALSE(is_true_numerical_password(off));
  }
  EXPECT_EQ(bitlocker_key_form("c2VjcmV0"), BitLockerKeyForm::external_key);
  for (const std::string_view bad :
       {"", "000011-000022", "key!", "000011 000022-720885-111111-222222-333333-444444-555555"}) {
    EXPECT_EQ(bitlocker_key_form(bad), BitLockerKeyForm::other) << bad;
    EXPECT_FALSE(is_true_numerical_password(bad));
  }
}

TEST(DriveHeader, ReadsRegionsAndRefusesEverythingElse) {
  const std::string hash(128, 'A');
  const auto regions = parse_drive_header_hash("0:1048576:" + hash + ";135266304:143360:" + hash);
  ASSERT_TRUE(regions);
  ASSERT_EQ(regions.value().size(), 2U);
  EXPECT_EQ(regions.value()[1].offset, 135266304U);
  EXPECT_EQ(regions.value()[1].length, 143360U);
  EXPECT_EQ(regions.value()[1].hash.algorithm(), HashAlgorithm::sha512);
  EXPECT_EQ(regions.value()[1].hash.text(), hash);
  for (const auto& bad : {std::string(), std::string("WD-WCC4E1234567"), std::string("0:1"), "0:0:" + hash,
                          "0:1:" + hash + ";", "0:1:" + hash + "A", "x:1:" + hash, "-1:1:" + hash}) {
    EXPECT_FALSE(parse_drive_header_hash(bad)) << bad;
  }
}

}  // namespace
}  // namespace quaymaster::drive
