// Sources that change, and file systems that are full, while a backup reads them.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <thread>

#include "providers/recovery_services/backups/backup_world_test.h"

namespace quaymaster::recovery_services {
namespace {

using workload::test::noise;
using workload::test::read;
using workload::test::write;

using BackupBadDays = BackupWorld;

/// Another thread writes to one file without pause. A backup that catches a write names the file and keeps the point;
/// one that does not is complete. Repeats until one catches a write.
TEST_F(BackupBadDays, AShareThatChangesWhileItIsReadIsReported) {
  const auto path = root / "share/dir/ledger";
  write(path, noise(24 << 20, 6));
  std::atomic<bool> stop{false};
  std::jthread scribe([&] {
    const int file = ::open(path.c_str(), O_WRONLY);
    for (std::uint64_t n = 0; !stop; ++n) {
      check(::pwrite(file, &n, sizeof n, static_cast<off_t>(n % (3 << 20) * 8)) == sizeof n);
    }
    ::close(file);
  });
  engine->start();
  bool is_met = false;
  for (int n = 1; !is_met; ++n) {
    ASSERT_LE(n, 20);
    const auto job = back_up(share);
    ASSERT_EQ(points(share).size(), static_cast<std::size_t>(n)) << "the point is kept";
    is_met = job.status == JobStatus::completed_with_warnings;
    if (!is_met) {
      ASSERT_EQ(job.status, JobStatus::completed);
      fixture.clock.advance(std::chrono::minutes{1});
      continue;
    }
    ASSERT_EQ(job.history.errors.size(), 1U);
    EXPECT_NE(job.history.errors[0].text.find("dir/ledger"), std::string::npos) << job.history.errors[0].text;
    EXPECT_EQ(now(share).last_backup, LastBackup::completed_with_warnings);
  }
  stop = true;
  scribe.join();
  const auto view = tree_in(points(share).front());
  EXPECT_TRUE(view->find("dir/ledger").value().changed_meanwhile);
  EXPECT_FALSE(view->find("a.txt").value().changed_meanwhile);
  expect_whole();
}

/// Reading needs no space on the source's file system, neither for a snapshot nor for anything else.
TEST_F(BackupBadDays, AFullFileSystemOfTheSourceIsReadAllTheSame) {
  const auto full = root / "full";
  std::filesystem::create_directories(full);
  if (::mount("none", full.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "no file system of its own can be mounted here";
  }
  const auto image = full / "vm1-os.raw";
  write(image, noise(1 << 20, 7));
  write(full / "share/letter", noise(100'000, 8));
  machines.machines.back().os_disk.image = image;
  shares.all.back().directory = full / "share";
  const int file = ::open((full / "filler").c_str(), O_WRONLY | O_CREAT, 0600);
  const auto piece = noise(4096, 9);
  while (::write(file, piece.data(), piece.size()) > 0) {
  }
  EXPECT_EQ(errno, ENOSPC);
  ::close(file);
  engine->start();
  EXPECT_EQ(back_up(machine).status, JobStatus::completed);
  EXPECT_EQ(back_up(share).status, JobStatus::completed);
  EXPECT_EQ(disk_in(points(machine).front(), -1), read(image));
  EXPECT_EQ(tree_in(points(share).front())->find("letter").value().size, 100'000U);
  expect_whole();
  close();
  ::umount(full.c_str());
}

}  // namespace
}  // namespace quaymaster::recovery_services
