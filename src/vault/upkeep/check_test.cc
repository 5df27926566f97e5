#include "testing/vault/test_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

void flip(const Path& file, std::uint64_t at) {
  SystemDisk disk;
  const auto object = disk.open(file, OpenMode::write).value();
  std::uint8_t byte = 0;
  ASSERT_EQ(object->read_at(MutableBytes(&byte, 1), at).value(), 1);
  byte ^= 0x40;
  ASSERT_TRUE(object->write_at(Bytes(&byte, 1), at));
}

TEST(Check, FindsNothingInAWholeVault) {
  TestVault t;
  ASSERT_TRUE(t.backup(noise(3'000'000, 1)));
  ASSERT_TRUE(t.backup(noise(2'000'000, 2)));
  for (const auto depth : {CheckDepth::structure, CheckDepth::every_byte}) {
    const auto report = t.vault->check(depth, {}).value();
    EXPECT_TRUE(report.damage.empty());
    EXPECT_EQ(report.packs, 2);
  }
}

TEST(Check, FindsAFlippedBitAnywhereInAPackAndNeverReturnsIt) {
  TestVault t;
  const auto bytes = noise(800, 3);
  const auto point = t.backup(bytes).value();
  const auto file = t.files("packs").at(0);
  const auto size = std::filesystem::file_size(file);
  for (std::uint64_t at = 0; at < size; ++at) {
    flip(file, at);
    t.reopen();
    const auto report = t.vault->check(CheckDepth::every_byte, {}).value();
    ASSERT_EQ(report.damage.size(), 1) << "byte " << at;
    EXPECT_EQ(report.damage[0].object, t.object_names("packs")[0]);
    EXPECT_EQ(report.damage[0].bytes_lost, bytes.size()) << "byte " << at;
    EXPECT_EQ(report.damage[0].points, std::vector{point.id});
    const auto restored = t.restore(point.id);
    EXPECT_TRUE(!restored || restored.value() == bytes);
    flip(file, at);
    ASSERT_TRUE(t.database->write([](store::Writer& writer) -> Result<> {
      TRY(writer.change("UPDATE vault_packs SET state = 0"));
      return ok();
    }));
  }
  t.reopen();
  EXPECT_EQ(t.restore(point.id).value(), bytes);
}

TEST(Check, FindsAFlippedBitAnywhereInAPoint) {
  TestVault t;
  const auto point = t.backup(noise(3000, 4)).value();
  const auto file = t.files("points").at(0);
  for (std::uint64_t at = 0; at < std::filesystem::file_size(file); ++at) {
    flip(file, at);
    const auto opened = t.vault->point(point.id);
    ASSERT_FALSE(opened) << at;
    const auto report = t.vault->check(CheckDepth::structure, {}).value();
    ASSERT_EQ(report.damage.size(), 1);
    EXPECT_EQ(report.damage[0].points, std::vector{point.id});
    flip(file, at);
  }
}

TEST(Check, AMissingPackIsNamedWithItsLosses) {
  TestVault t;
  const auto lost = t.backup(noise(1'000'000, 5)).value();
  const auto name = t.object_names("packs").at(0);
  const auto kept = t.backup(noise(1'000'000, 6)).value();
  ASSERT_TRUE(t.objects->remove(name));
  t.reopen();
  const auto report = t.vault->check(CheckDepth::structure, {}).value();
  ASSERT_EQ(report.damage.size(), 1);
  EXPECT_EQ(report.damage[0].points, std::vector{lost.id});
  EXPECT_FALSE(t.restore(lost.id));
  EXPECT_TRUE(t.restore(kept.id));
}

TEST(Check, ABackupRepairsWhatItStillHas) {
  TestVault t;
  const auto bytes = noise(2'000'000, 7);
  const auto damaged = t.backup(bytes).value();
  flip(t.files("packs").at(0), 1'000'000);
  ASSERT_FALSE(t.vault->check(CheckDepth::every_byte, {}).value().damage.empty());
  ASSERT_TRUE(t.backup(bytes));
  EXPECT_EQ(t.restore(damaged.id).value(), bytes);
  const auto after = t.vault->check(CheckDepth::every_byte, {}).value();
  for (const auto& damage : after.damage) {
    EXPECT_EQ(damage.bytes_lost, 0);
  }
}

}  // namespace
}  // namespace quaymaster::vault
