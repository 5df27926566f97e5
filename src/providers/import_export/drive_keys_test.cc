#include "providers/import_export/drive_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/encode.h"

namespace quaymaster::import_export {
namespace {

constexpr std::string_view kPassword = "111111-222222-333333-444444-555555-666666-111111-483079";

class DriveKeysTest : public testing::Test {
 protected:
  void SetUp() override {
    directory = std::filesystem::temp_directory_path() / ("drive_keys_test_" + SystemRandom().guid().text());
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  SystemDisk disk;
  SystemRandom random;
  Path directory;
  const Guid job = random.guid();
};

TEST_F(DriveKeysTest, OpensAfterARestartWhatItSealedBefore) {
  const auto sealed =
      DriveKeys::open(disk, directory / "secrets/drive.key", random).value().seal(job, "wd1", kPassword);
  EXPECT_EQ(as_text(sealed).find("111111"), std::string_view::npos);

  const auto again = DriveKeys::open(disk, directory / "secrets/drive.key", random);
  EXPECT_EQ(again.value().open(job, "wd1", sealed).value(), kPassword);

  struct stat status{};
  ASSERT_EQ(stat((directory / "secrets/drive.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(DriveKeysTest, RefusesEveryOtherPlaceAndEveryChangedByte) {
  const auto keys = DriveKeys::open(disk, directory / "drive.key", random).value();
  const auto sealed = keys.seal(job, "wd1", kPassword);

  EXPECT_EQ(keys.open(random.guid(), "wd1", sealed).error().kind(), Errc::corrupt) << "another job";
  EXPECT_EQ(keys.open(job, "wd2", sealed).error().kind(), Errc::corrupt) << "another drive";
  EXPECT_EQ(DriveKeys::open(disk, directory / "other.key", random).value().open(job, "wd1", sealed).error().kind(),
            Errc::corrupt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(keys.open(job, "wd1", changed).error().kind(), Errc::corrupt) << "byte " << i;
    EXPECT_EQ(keys.open(job, "wd1", Bytes(sealed).first(i)).error().kind(), Errc::corrupt) << "cut to " << i;
  }
}

TEST_F(DriveKeysTest, SealsTheExampleOfTheFormatPage) {
  CountingRandom counting;
  const auto sealed = DriveKeys(SealKey{}, counting).seal(Guid{}, "wd1", "1-2");
  EXPECT_EQ(hex_lower(sealed), "0100000000000000000000000118ec16a837bcf9a2f911cbc96695315e2acac5");
}

TEST_F(DriveKeysTest, AnEmptyKeyIsAKey) {
  const auto keys = DriveKeys::open(disk, directory / "drive.key", random).value();
  EXPECT_EQ(keys.open(job, "wd1", keys.seal(job, "wd1", "")).value(), "");
}

TEST_F(DriveKeysTest, RefusesAKeyFileOfAnotherLength) {
  ASSERT_TRUE(disk.make_directories(directory));
  ASSERT_TRUE(replace_file(disk, directory / "drive.key", as_bytes("short")));
  EXPECT_EQ(DriveKeys::open(disk, directory / "drive.key", random).error().kind(), Errc::corrupt);
}

}  // namespace
}  // namespace quaymaster::import_export
