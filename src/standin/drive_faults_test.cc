#include "standin/drive_faults.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace quaymaster::standin {
namespace {

class DriveFaultsTest : public testing::Test {
 protected:
  DriveFaultsTest() {
    std::filesystem::create_directories(root_);
    std::ofstream(root_ / "DriveId") << "WD-7";
    std::ofstream(root_ / "DriveManifest.xml") << std::string(100, 'm');
    std::ofstream(root_ / "a") << std::string(3 * kMiB, 'a');
    std::ofstream(root_ / "b") << std::string(5 * kMiB, 'b');
  }
  ~DriveFaultsTest() override { std::filesystem::remove_all(root_); }

  void order(DriveMatch drive, std::int64_t times = 1) {
    Fault fault;
    fault.name = fmt::format("fault {}", faults_.list().size());
    fault.drive = std::move(drive);
    fault.times = times;
    const auto added = faults_.add(fault);
    ASSERT_TRUE(added) << added.error().cause();
  }
  /// How many bytes of the file differ from its letter, or -1 when it cannot be read to its end.
  static int wrong_bytes(drive::DriveReader& drive, const std::string& name) {
    const auto file = drive.open(name);
    int wrong = 0;
    Buffer piece(kMiB);
    for (std::uint64_t offset = 0; file; offset += piece.size()) {
      const auto count = file.value()->read_at(piece, offset);
      if (!count) {
        return -1;
      }
      if (count.value() == 0) {
        return wrong;
      }
      wrong += static_cast<int>(static_cast<std::ptrdiff_t>(count.value()) -
                                std::count(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count.value()),
                                           static_cast<std::uint8_t>(name.front())));
    }
    return -1;
  }
  std::unique_ptr<drive::DriveReader> open() { return faulty_drive(faults_, drive::DriveRoot::at(root_).value()); }

  const Path root_ = std::filesystem::temp_directory_path() / fmt::format("drive-faults-{}", ::getpid());
  Faults faults_;
};

TEST_F(DriveFaultsTest, ABlockIsCountedOverWhatIsReadInItsOrder) {
  order({.id = "wd-7", .block = 1});
  const auto drive = open();
  EXPECT_EQ(wrong_bytes(*drive, "a"), 0) << "3 MiB of block 0";
  EXPECT_EQ(wrong_bytes(*drive, "b"), 4) << "1 MiB of block 0, then four reads of block 1";
  EXPECT_EQ(wrong_bytes(*drive, "b"), 4) << "the same when it is read again";
  EXPECT_EQ(wrong_bytes(*open(), "b"), 0) << "the order was for one import";
}

TEST_F(DriveFaultsTest, AnUnreadableBlockFailsItsFile) {
  order({.id = "WD-7", .block = 0, .unreadable = true});
  const auto drive = open();
  EXPECT_EQ(wrong_bytes(*drive, "a"), -1);
  EXPECT_TRUE(drive->check_present());
  EXPECT_EQ(wrong_bytes(*drive, "b"), -1) << "its first MiB";
}

TEST_F(DriveFaultsTest, AnUnpluggedDriveDisappears) {
  order({.id = "WD-7", .unplug_at = 50});
  const auto drive = open();
  EXPECT_EQ(wrong_bytes(*drive, "a"), 0);
  EXPECT_TRUE(drive->check_present());
  EXPECT_EQ(wrong_bytes(*drive, "b"), -1);
  EXPECT_EQ(drive->check_present().error().kind(), Errc::not_found);
  EXPECT_EQ(drive->open("a").error().kind(), Errc::not_found);
}

TEST_F(DriveFaultsTest, OtherDrivesAreLeftAlone) {
  order({.id = "WD-8", .unplug_at = 0});
  EXPECT_EQ(wrong_bytes(*open(), "a"), 0);
  EXPECT_EQ(faults_.list().front().met, 0);
}

TEST_F(DriveFaultsTest, WhatMakesNoSenseIsRefused) {
  const DriveMatch bad[] = {{.id = "x"},
                            {.id = "x", .block = -1},
                            {.id = "x", .block = 1, .unplug_at = 3},
                            {.id = "x", .unplug_at = 101},
                            {.id = "x", .unreadable = true, .unplug_at = 1}};
  for (const auto& one : bad) {
    Fault fault;
    fault.name = "bad";
    fault.drive = one;
    EXPECT_FALSE(faults_.add(fault));
  }
}

}  // namespace
}  // namespace quaymaster::standin
