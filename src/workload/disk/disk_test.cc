#include <unistd.h>

#include <algorithm>

#include "testing/base/manual_clock.h"
#include "testing/workload/test_place.h"
#include "workload/bundle/simulated.h"
#include "workload/disk/disk_root.h"

namespace quaymaster::workload {
namespace {

using namespace test;

TEST(Disk, HolesAndZerosAreNeitherStoredNorWritten) {
  Place p;
  const auto path = p.source / "image";
  write_image(path);
  const Buffer zeros(1 << 20);
  overwrite(path, 30 << 20, as_text(zeros));  // zeros that are not a hole
  ASSERT_TRUE(p.capture(*disk_source(path)));
  EXPECT_LT(p.point.totals.bytes_new, 5'000'000 + 4 * kBlock);
  std::filesystem::create_directories(p.target);
  const auto restored = disk_target(p.target / "image")->restore(p.point.root, p.open(), {});
  ASSERT_TRUE(restored) << restored.error().cause();
  EXPECT_EQ(read(p.target / "image"), read(path));
  EXPECT_LT(status_of(p.target / "image").st_blocks * 512, 6 << 20);
}

TEST(Disk, AnExistingImageIsReplacedOnlyWhenThatIsAsked) {
  Place p;
  write_image(p.source / "image");
  ASSERT_TRUE(p.capture(*disk_source(p.source / "image")));
  write(p.target / "image", "precious");
  ASSERT_EQ(::chmod((p.target / "image").c_str(), 0640), 0);
  EXPECT_EQ(disk_target(p.target / "image")->restore(p.point.root, p.open(), {}).error().kind(), Errc::conflict);
  EXPECT_EQ(as_text(read(p.target / "image")), "precious");
  DiskRestoreOptions replace;
  replace.replace = true;
  ASSERT_TRUE(disk_target(p.target / "image", replace)->restore(p.point.root, p.open(), {}));
  EXPECT_EQ(read(p.target / "image"), read(p.source / "image"));
  EXPECT_EQ(status_of(p.target / "image").st_mode & 0777, 0640);
}

TEST(Disk, ASymlinkIsNeitherReadNorWrittenThrough) {
  Place p;
  write_image(p.source / "image");
  ASSERT_EQ(::symlink("image", (p.source / "link").c_str()), 0);
  EXPECT_FALSE(p.capture(*disk_source(p.source / "link")));
  ASSERT_TRUE(p.capture(*disk_source(p.source / "image")));
  write(p.target / "precious", "precious");
  ASSERT_EQ(::symlink("precious", (p.target / "image").c_str()), 0);
  DiskRestoreOptions replace;
  replace.replace = true;
  ASSERT_TRUE(disk_target(p.target / "image", replace)->restore(p.point.root, p.open(), {}));
  EXPECT_EQ(as_text(read(p.target / "precious")), "precious");
  EXPECT_TRUE(S_ISREG(status_of(p.target / "image").st_mode));
}

TEST(Disk, AnImageWrittenWhileItIsReadIsReported) {
  Place p;
  const auto path = p.source / "image";
  write_image(path);
  bool written = false;
  const auto captured = p.capture(*disk_source(path), {}, [&](const Progress&) -> Result<> {
    if (!std::exchange(written, true)) {
      overwrite(path, 100, "now");
    }
    return ok();
  });
  ASSERT_TRUE(captured) << captured.error().cause();
  EXPECT_TRUE(open_image(path).value()->changed() || captured.value().changed_meanwhile);
  EXPECT_EQ(captured.value().changed_meanwhile, captured.value().warning_count == 1);
}

TEST(Disk, AnUnchangedImageIsNotReadAgain) {
  Place p;
  const auto path = p.source / "image";
  write_image(path);
  ManualClock later(SystemClock().now() + std::chrono::seconds(10));  // by then its times are conclusive
  DiskOptions options;
  options.clock = &later;
  ASSERT_TRUE(p.capture(*disk_source(path, {}, options)));
  const auto first = p.point;
  const auto again = p.capture(*disk_source(path, {}, options), first);
  ASSERT_TRUE(again) << again.error().cause();
  EXPECT_EQ(again.value().bytes_unchanged, status_of(path).st_size);
  EXPECT_EQ(p.point.root, first.root);
  EXPECT_EQ(p.point.totals.bytes_new, 0);

  overwrite(path, 100, "now");
  const auto changed = p.capture(*disk_source(path, {}, options), first);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed.value().bytes_unchanged, 0);
  std::filesystem::create_directories(p.target);
  ASSERT_TRUE(disk_target(p.target / "image")->restore(p.point.root, p.open(), {}));
  EXPECT_EQ(read(p.target / "image"), read(path));
}

TEST(Disk, AnImageWhoseTimesProveNothingIsReadAgain) {
  Place p;
  const auto path = p.source / "image";
  write_image(path);
  ASSERT_TRUE(p.capture(*disk_source(path)));  // written only just now
  const auto again = p.capture(*disk_source(path), p.point);
  ASSERT_TRUE(again);
  EXPECT_EQ(again.value().bytes_unchanged, 0);
}

TEST(Disk, APreviousPointThatLostABlockIsNotReused) {
  Place p;
  const auto path = p.source / "image";
  write_image(path);
  ManualClock later(SystemClock().now() + std::chrono::seconds(10));
  DiskOptions options;
  options.clock = &later;
  ASSERT_TRUE(p.capture(*disk_source(path, {}, options)));
  Place other;  // a vault without any of its blocks, called with a root that names them
  auto session = other.vault->begin().value();
  const auto captured = disk_source(path, {}, options)->capture(*session, Previous{p.point.root, p.open()}, {});
  ASSERT_TRUE(captured) << captured.error().cause();
  EXPECT_EQ(captured.value().bytes_unchanged, 0);
}

TEST(Disk, RootsOfTheFirstVersionAreRead) {
  DiskRoot root;
  root.size = 5 * kBlock;
  root.map.size = 5 * kBlockIdSize;
  root.map.extents = {{std::nullopt, root.map.size}};
  auto bytes = write_disk_root(root);
  bytes[8] = 1;
  ASSERT_TRUE(read_disk_root(bytes));
  EXPECT_FALSE(read_disk_root(bytes).value().stamp);
  root.stamp = ImageStamp{7, {-3, 999'999'999}, {5, 0}};
  EXPECT_EQ(read_disk_root(write_disk_root(root)).value().stamp, root.stamp);
}

TEST(Disk, AnInvalidImageIsAnError) {
  Place p;
  EXPECT_EQ(p.capture(*disk_source(p.source / "nowhere")).error().kind(), Errc::not_found);
  EXPECT_EQ(p.capture(*disk_source(p.source)).error().kind(), Errc::invalid);
}

TEST(Disk, AnEmptyImageIsOneToo) {
  Place p;
  write(p.source / "image", "");
  ASSERT_TRUE(p.capture(*disk_source(p.source / "image")));
  std::filesystem::create_directories(p.target);
  ASSERT_TRUE(disk_target(p.target / "image")->restore(p.point.root, p.open(), {}));
  EXPECT_EQ(std::filesystem::file_size(p.target / "image"), 0);
}

TEST(Disk, AnyPartCanBeRead) {
  Place p;
  write_image(p.source / "image");
  ASSERT_TRUE(p.capture(*disk_source(p.source / "image")));
  const auto view = DiskView::open(p.point.root, p.open()).value();
  const auto whole = read(p.source / "image");
  ASSERT_EQ(view->size(), whole.size());
  for (const std::uint64_t offset : {0UL, 100UL, (17UL << 20) - 5, (17UL << 20) + 1'999'990, 40UL << 20, 50UL << 20}) {
    Buffer some(700'000);
    some.resize(view->read(offset, some).value());
    const auto from = std::min<std::uint64_t>(offset, whole.size());
    EXPECT_EQ(some, Buffer(whole.begin() + static_cast<std::ptrdiff_t>(from),
                           whole.begin() +
                               static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(from + 700'000, whole.size()))));
  }
}

TEST(Disk, SimulatedDisksChangeAtTheirRate) {
  SimulatedDisk disk{256 << 20, 3, 0, 0.1, 0.25, 0.5};
  const auto count_changes = [&](std::uint64_t generations) {
    auto later = disk;
    later.generation = generations;
    const auto a = bytes_of(*simulated_image(disk));
    const auto b = bytes_of(*simulated_image(later));
    std::size_t changed = 0;
    for (std::size_t at = 0; at < a.size(); at += kBlock) {
      changed +=
          !std::equal(a.begin() + static_cast<std::ptrdiff_t>(at), a.begin() + static_cast<std::ptrdiff_t>(at + kBlock),
                      b.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return changed;
  };
  EXPECT_EQ(count_changes(0), 0);
  EXPECT_NEAR(static_cast<double>(count_changes(1)), 102, 40);  // some changed holes are holes again
}

}  // namespace
}  // namespace quaymaster::workload
