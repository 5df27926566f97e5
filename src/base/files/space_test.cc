#include "base/files/space.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/files/anchor.h"
#include "testing/base/budget_disk.h"

namespace quaymaster {
namespace {

/// A temporary directory that is removed after the test.
class SpaceTest : public testing::Test {
 protected:
  SpaceTest() : root_(Path(testing::TempDir()) / fmt::format("qm-space-{}", ::getpid())) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ / "data");
  }
  ~SpaceTest() override { std::filesystem::remove_all(root_); }

  const Path root_;
  SystemDisk system_;
};

TEST_F(SpaceTest, RefusesWhatWouldLeaveLessThanTheFloor) {
  BudgetDisk disk(system_, 1000);
  const Space space(disk, root_, 300);
  EXPECT_TRUE(space.admit(700));
  EXPECT_EQ(space.admit(701).error().kind(), Errc::no_space);
  const auto file = disk.open(root_ / "file", OpenMode::create).value();
  ASSERT_TRUE(file->write_at(Buffer(800), 0));
  EXPECT_EQ(space.admit(0).error().kind(), Errc::no_space) << "the floor is for others";
  ASSERT_TRUE(file->write_at(Buffer(200), 800)) << "who does not ask may have it";
  EXPECT_EQ(file->write_at(Buffer(1), 1000).error().kind(), Errc::no_space);
  ASSERT_TRUE(disk.remove(root_ / "file"));
  EXPECT_TRUE(space.admit(700));
  EXPECT_TRUE(Space(disk, root_, 0).admit(kGiB)) << "no floor, no question";
}

TEST_F(SpaceTest, KeepsOnePercentWithinBounds) {
  EXPECT_EQ(default_floor(100 * kMiB), 25 * kMiB);
  EXPECT_EQ(default_floor(kGiB), 64 * kMiB);
  EXPECT_EQ(default_floor(20 * kGiB), 20 * kGiB / 100);
  EXPECT_EQ(default_floor(10'000 * kGiB), kGiB);
}

TEST_F(SpaceTest, AnAnchorNoticesThatItsPathLeadsElsewhere) {
  const auto path = root_ / "data/file";
  ASSERT_TRUE(replace_file(system_, path, as_bytes("1")));
  const auto file = Anchor::at(path).value();
  const auto directory = Anchor::at(root_ / "data").value();
  EXPECT_TRUE(file.check());
  std::filesystem::rename(root_ / "data", root_ / "moved");
  EXPECT_EQ(file.check().error().kind(), Errc::io);
  EXPECT_EQ(directory.check().error().kind(), Errc::io);
  std::filesystem::create_directories(root_ / "data");
  EXPECT_FALSE(directory.check()) << "another directory of the same name";
  std::filesystem::remove(root_ / "data");
  std::filesystem::rename(root_ / "moved", root_ / "data");
  EXPECT_TRUE(file.check());
  ASSERT_TRUE(replace_file(system_, path, as_bytes("2")));
  EXPECT_FALSE(file.check()) << "replaced";
  EXPECT_TRUE(directory.check());
  std::filesystem::remove_all(root_ / "data");
  EXPECT_FALSE(directory.check());
  EXPECT_EQ(Anchor::at(path).error().kind(), Errc::not_found);
}

}  // namespace
}  // namespace quaymaster
