#include "server/data/reserve.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/log.h"
#include "server/data/storage_health.h"
#include "testing/base/budget_disk.h"

namespace quaymaster::server {
namespace {

constexpr auto kSlice = Reserve::kSlice;

class ReserveTest : public testing::Test {
 protected:
  ReserveTest() : root_(Path(testing::TempDir()) / fmt::format("reserve-{}", ::getpid())) {
    log::set_sink([](std::string_view) {});
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~ReserveTest() override {
    log::set_sink(nullptr);
    std::filesystem::remove_all(root_);
  }

  /// Simulates other programs filling the disk up to that many bytes.
  void leave(std::uint64_t bytes) {
    static_cast<void>(disk_.remove(root_ / "others"));
    const auto others = disk_.open(root_ / "others", OpenMode::create).value();
    ASSERT_TRUE(others->reserve(0, space_.free_bytes().value() - bytes));
  }

  const Path root_;
  SystemDisk system_;
  BudgetDisk disk_{system_, 100 * kMiB};
  Space space_{disk_, root_, 40 * kMiB};
};

TEST_F(ReserveTest, IsCreatedAboveTheFloorAndReleasedSliceBySlice) {
  Reserve reserve(disk_, root_ / "reserve", 3);
  EXPECT_EQ(reserve.slices(), 0u);
  leave(40 * kMiB + 3 * kSlice);
  reserve.restore(space_);
  EXPECT_EQ(reserve.slices(), 2u) << "one slice and the floor stay free behind each";
  EXPECT_EQ(space_.free_bytes().value(), 40 * kMiB + kSlice);
  reserve.make_room();
  EXPECT_EQ(reserve.slices(), 2u) << "there is room";

  leave(100);
  reserve.make_room();
  EXPECT_EQ(reserve.slices(), 1u) << "one is enough";
  EXPECT_EQ(space_.free_bytes().value(), kSlice + 100);
  leave(Reserve::kLow);
  reserve.make_room();
  EXPECT_EQ(reserve.slices(), 1u) << "what it gave is used before the next one goes";
  leave(0);
  EXPECT_EQ(Reserve(disk_, root_ / "reserve", 3).slices(), 1u) << "the next process finds it";
  reserve.make_room();
  EXPECT_EQ(reserve.slices(), 0u);
  leave(0);
  reserve.make_room();
  EXPECT_EQ(space_.free_bytes().value(), 0u) << "there is nothing left to give up";
  reserve.restore(space_);
  EXPECT_EQ(reserve.slices(), 0u) << "and no room to make it again";
  ASSERT_TRUE(disk_.remove(root_ / "others"));
  reserve.restore(space_);
  EXPECT_EQ(reserve.slices(), 3u);
}

TEST_F(ReserveTest, AnUnfinishedSliceIsRecreated) {
  std::filesystem::create_directories(root_ / "reserve");
  ASSERT_TRUE(system_.open(root_ / "reserve/1", OpenMode::create));
  Reserve reserve(disk_, root_ / "reserve", 2);
  EXPECT_EQ(reserve.slices(), 0u);
  reserve.restore(space_);
  EXPECT_EQ(reserve.slices(), 2u);
}

TEST_F(ReserveTest, AllocatesBlocksOfARealDisk) {
  Reserve reserve(system_, root_ / "reserve", 1);
  reserve.restore(Space(system_, root_, 0));
  ASSERT_EQ(reserve.slices(), 1u);
  struct stat status{};
  ASSERT_EQ(::stat((root_ / "reserve/0").c_str(), &status), 0);
  EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, kSlice);
}

TEST_F(ReserveTest, IsNotALargePartOfASmallDisk) {
  EXPECT_EQ(Reserve::most_of(0), 0u);
  EXPECT_EQ(Reserve::most_of(63 * kMiB), 0u);
  EXPECT_EQ(Reserve::most_of(200 * kMiB), 3u);
  EXPECT_EQ(Reserve::most_of(kGiB * 1024), 8u);
}

TEST_F(ReserveTest, HealthSaysWhatTheDiskLacks) {
  Reserve reserve(disk_, root_ / "reserve", 1);
  reserve.restore(space_);
  ASSERT_EQ(reserve.slices(), 1u);
  ASSERT_TRUE(replace_file(system_, root_ / "records.db", as_bytes("")));
  const auto health = StorageHealth::of(root_, space_, reserve).value();
  EXPECT_TRUE(health.look().is_ready);
  EXPECT_EQ(health.look().remark, "");

  leave(39 * kMiB);
  EXPECT_TRUE(health.look().is_ready) << "deletions have to reach it";
  EXPECT_EQ(health.look().remark,
            "39 MiB are free and 40 MiB are kept free: new data is refused; delete something or free space");
  leave(0);
  EXPECT_TRUE(health.look().is_ready) << "there is a reserve";
  reserve.make_room();
  leave(0);
  EXPECT_FALSE(health.look().is_ready);
  EXPECT_NE(health.look().remark.find("the reserve is used up"), std::string::npos);
  ASSERT_TRUE(disk_.remove(root_ / "others"));
  EXPECT_TRUE(health.look().is_ready);

  const auto moved = root_.native() + "-moved";
  std::filesystem::rename(root_, moved);
  EXPECT_FALSE(health.look().is_ready);
  EXPECT_NE(health.look().remark.find("removed, moved or unmounted"), std::string::npos);
  EXPECT_EQ(health.look().remark.find(root_.native()), std::string::npos) << "no paths for clients";
  std::filesystem::create_directories(root_);
  EXPECT_FALSE(health.look().is_ready) << "another directory of that name";
  std::filesystem::remove(root_);
  std::filesystem::rename(moved, root_);
  EXPECT_TRUE(health.look().is_ready);
}

}  // namespace
}  // namespace quaymaster::server
