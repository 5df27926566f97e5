#include "drive/manifest/examine_manifest.h"

#include <gtest/gtest.h>

#include "base/encode.h"
#include "drive/manifest/manifest_text_test.h"

namespace quaymaster::drive {
namespace {

ManifestVerdict examine(std::string_view manifest, std::string_view hash, std::string_view drive = "WD123456") {
  return examine_manifest(read_from(as_bytes(manifest)), hash, drive).value();
}

std::string hash_of(std::string_view text, HashAlgorithm algorithm = HashAlgorithm::md5) {
  return hex_lower(digest(algorithm, as_bytes(text)));
}

TEST(ExamineManifest, SummarizesAValidManifest) {
  const auto text = blob_with(1024, pages(page(0, 512)));
  for (const auto algorithm : {HashAlgorithm::md5, HashAlgorithm::sha1, HashAlgorithm::sha256, HashAlgorithm::sha512}) {
    const auto verdict = examine(text, hash_of(text, algorithm), " wd123456");
    ASSERT_TRUE(verdict.sound()) << verdict.reason;
    EXPECT_EQ(verdict.summary.blobs, 1U);
    EXPECT_EQ(verdict.summary.bytes, 1024U);
    EXPECT_EQ(verdict.summary.ranges, 1U);
    EXPECT_EQ(verdict.summary.size, text.size());
    EXPECT_EQ(verdict.summary.header.drive_id, "WD123456");
  }
  EXPECT_TRUE(examine(text, "").sound());
}

TEST(ExamineManifest, TheHashIsJudgedBeforeTheFormatAndTheFormatBeforeTheDriveId) {
  // The malformed one is longer than one piece: the hash must include what the parser never saw.
  const auto malformed = "<a></b>" + std::string(200'000, ' ');
  const auto sound = blob_with(20, blocks(block(0, 20)));
  const struct {
    std::string text, hash, drive;
    DriveStatusCode status;
  } cases[] = {
      {malformed, hash_of("other"), "X", DriveStatusCode::manifest_corrupted},
      {malformed, hash_of(malformed), "X", DriveStatusCode::manifest_format_invalid},
      {sound, hash_of("other"), "X", DriveStatusCode::manifest_corrupted},
      {sound, hash_of(sound), "X", DriveStatusCode::manifest_drive_id_mismatch},
      {sound, "1234", "WD123456", DriveStatusCode::manifest_corrupted},
      {sound, std::string(32, 'x'), "WD123456", DriveStatusCode::manifest_corrupted},
  };
  for (const auto& [text, hash, drive, status] : cases) {
    const auto verdict = examine(text, hash, drive);
    EXPECT_EQ(name(verdict.status), name(status));
    EXPECT_NE(verdict.reason, "");
  }
}

TEST(ExamineManifest, AReadFailureIsAVerdictAndACancelIsNot) {
  const auto text = blob_with(20, blocks(block(0, 20)));
  const auto failing = [&](Error error) {
    return [&text, error, first = true](MutableBytes into) mutable -> Result<std::size_t> {
      if (!first) {
        return error;
      }
      first = false;
      return text.copy(reinterpret_cast<char*>(into.data()), 100);
    };
  };
  const auto broken = examine_manifest(failing(io("bad sector")), hash_of(text), "WD123456");
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken.value().status, DriveStatusCode::read_manifest_failed);
  const auto stopped = examine_manifest(failing(cancelled("stop")), hash_of(text), "WD123456");
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind(), Errc::cancelled);
}

TEST(ExamineManifest, NoReasonRepeatsACredential) {
  const std::string secret = "c2VjcmV0a2V5";
  for (const auto& text :
       {drive_with("<StorageAccountKey>" + secret + "</StorageAccountKey><ContainerSas>c?sig=" + secret +
                   "</ContainerSas>"),
        drive_with("<StorageAccountKey>" + secret), drive_with("<ContainerSas>" + secret + "<b/>")}) {
    const auto verdict = examine(text, "");
    EXPECT_FALSE(verdict.sound());
    EXPECT_EQ(verdict.reason.find(secret), std::string::npos) << verdict.reason;
  }
}

TEST(Status, SpellingsAreReadBack) {
  EXPECT_EQ(name(DriveStatusCode::manifest_drive_id_mismatch), "ManifestDriveIdMismatch");
  EXPECT_EQ(name(DriveStatusCode::bitlocker_key_invalid), "BitLockerKeyInvalid");
  EXPECT_EQ(parse_status<BlobStatus>("IOFailed"), BlobStatus::io_failed);
  EXPECT_EQ(parse_status<RangeStatus>("FileUnexpectedEnd"), RangeStatus::file_unexpected_end);
  EXPECT_EQ(parse_status<SidecarStatus>("XmlReadFailed"), SidecarStatus::xml_read_failed);
  EXPECT_EQ(parse_status<DispositionStatus>("Renamed"), DispositionStatus::renamed);
  EXPECT_FALSE(parse_status<DriveStatusCode>("completed"));
  for (int i = 0; i <= static_cast<int>(DriveStatusCode::internal_error); ++i) {
    const auto code = static_cast<DriveStatusCode>(i);
    EXPECT_EQ(parse_status<DriveStatusCode>(name(code)), code);
  }
}

}  // namespace
}  // namespace quaymaster::drive
