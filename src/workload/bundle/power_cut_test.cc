#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>

#include "testing/workload/test_power_cut.h"

// Repeating a restore after a power failure at any time restores every byte.
namespace quaymaster::workload {
namespace {

using namespace test;

void preallocate(const Path& path, std::uint64_t size) {
  const int file = ::open(path.c_str(), O_WRONLY);
  check(file >= 0 && ::fallocate(file, 0, 0, static_cast<off_t>(size)) == 0);
  ::close(file);
}

/// Files like those of databases, logs and disks: with holes, a preallocated end, or several names.
void write_some_tree(const Path& root) {
  for (int i = 0; i < 14; ++i) {
    write(root / fmt::format("d{}/f{}", i % 4, i), noise(2000 + 700 * i, i));
  }
  for (int i = 0; i < 5; ++i) {
    const auto sparse = root / fmt::format("d{}/sparse{}", i % 4, i);
    write(sparse, noise(5000, 100 + i));
    std::filesystem::resize_file(sparse, 105'000);
    const auto preallocated = root / fmt::format("d{}/preallocated{}", i % 4, i);
    write(preallocated, noise(3000, 200 + i));
    preallocate(preallocated, 80'000);
  }
  for (int i = 0; i < 70; ++i) {
    write(root / fmt::format("many/{}/file", i), fmt::format("file {}", i));
  }
  write(root / "hole", "");
  std::filesystem::resize_file(root / "hole", 70'000);
  write(root / "large", noise(1'500'000, 1));
  std::filesystem::resize_file(root / "large", 3'000'000);
  check(::link((root / "large").c_str(), (root / "d1/linked").c_str()) == 0);
  check(::link((root / "d0/sparse0").c_str(), (root / "zlinked").c_str()) == 0);
}

/// What differs between two trees: kinds, bytes, modes and times.
std::vector<std::string> differences(const Path& expected, const Path& actual) {
  std::vector<std::string> found;
  const auto differ = [&](const Path& path, std::string_view what) {
    found.push_back(fmt::format("{}: {}", path.native(), what));
  };
  for (const auto& entry : std::filesystem::recursive_directory_iterator(expected)) {
    const auto other = actual / entry.path().lexically_relative(expected);
    struct stat a = status_of(entry.path());
    struct stat b{};
    if (::lstat(other.c_str(), &b) != 0) {
      differ(other, "missing");
    } else if (a.st_mode != b.st_mode || a.st_nlink != b.st_nlink) {
      differ(other, fmt::format("mode {:o} links {}", b.st_mode, b.st_nlink));
    } else if (a.st_mtim.tv_sec != b.st_mtim.tv_sec || a.st_mtim.tv_nsec != b.st_mtim.tv_nsec) {
      differ(other, "time");
    } else if (S_ISREG(a.st_mode) && read(entry.path()) != read(other)) {
      differ(other, "bytes");
    }
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(actual)) {
    if (!std::filesystem::exists(expected / entry.path().lexically_relative(actual))) {
      differ(entry.path(), "too much");
    }
  }
  return found;
}

using MakeTarget = std::unique_ptr<Target> (*)(const Path& target, Sync& sync);

class PowerCutTest : public testing::Test {
 protected:
  ~PowerCutTest() override { std::filesystem::remove_all(memory_); }
  static Path memory() {
    const Path shared = "/dev/shm";
    std::string pattern =
        ((std::filesystem::exists(shared) ? shared : std::filesystem::temp_directory_path()) / "qm-cut-XXXXXX")
            .string();
    check(::mkdtemp(pattern.data()) != nullptr);
    return pattern;
  }

  Result<Restore> restore(const MakeTarget& make, Sync& sync, const vault::OpenStream& open) {
    return make(target_, sync)->restore(place_.point.root, open, {});
  }

  enum class At { stream, sync };

  /// Cuts the power at the n-th stream that a restore opens, and before and after its n-th sync, for many n, and
  /// repeats the restore.
  template <class Check>
  void cut_everywhere(const MakeTarget& make, const Check& check_target, const std::function<void()>& prepare) {
    for (const auto keeps : {PowerCut::Keeps::size, PowerCut::Keeps::no_size}) {
      for (const auto at : {At::stream, At::sync}) {
        bool survived = false;
        for (int n = 0; !survived; n += at == At::sync ? 1 : 1 + n / 4) {
          std::filesystem::remove_all(target_);
          std::filesystem::remove_all(durable_);
          prepare();
          PowerCut disk(target_, durable_);
          survived = !dies(at, n, make, disk);
          disk.cut(keeps);
          PowerCut good(target_, durable_);
          const auto again = restore(make, good, place_.open());
          ASSERT_TRUE(again) << again.error().cause();
          EXPECT_EQ(again.value().failed, 0);
          good.cut(keeps);  // whatever a restore reported as done stays
          check_target();
          ASSERT_FALSE(testing::Test::HasFailure())
              << "the power went at " << (at == At::sync ? "sync " : "stream ") << n;
        }
      }
    }
  }

  /// Restores in a child process that dies during it. False: it finished first.
  bool dies(At at, int n, const MakeTarget& make, PowerCut& disk);

  Place place_;
  // Only what the test double was told to sync counts as durable, so memory will do, and is faster.
  const Path memory_ = memory();
  const Path target_ = memory_ / "target";
  const Path durable_ = memory_ / "durable";
};

bool PowerCutTest::dies(At at, int n, const MakeTarget& make, PowerCut& disk) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::atomic<int> left{at == At::stream ? n : -1};
    disk.die_at = at == At::sync ? n : -1;
    const auto real = place_.open();
    const vault::OpenStream open = [&](std::vector<vault::StreamPart> extents) {
      if (left >= 0 && left-- == 0) {
        ::kill(::getpid(), SIGKILL);
      }
      return real(std::move(extents));
    };
    ::_exit(restore(make, disk, open) ? 0 : 1);
  }
  int status = 0;
  check(::waitpid(child, &status, 0) == child);
  check(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

std::unique_ptr<Target> everything(const Path& target, Sync& sync, CopyOption copy) {
  TreeRestoreOptions options;
  options.copy = copy;
  options.threads = 2;
  options.sync = &sync;
  return tree_target(target, options);
}

TEST_F(PowerCutTest, TreesAreWholeAfterARepeat) {
  write_some_tree(place_.source);
  ASSERT_TRUE(place_.capture(*tree_source(place_.source)));
  const auto same = [&] { EXPECT_EQ(differences(place_.source, target_), std::vector<std::string>()); };
  cut_everywhere([](const Path& target, Sync& sync) { return everything(target, sync, CopyOption::overwrite); }, same,
                 [] {});
  cut_everywhere([](const Path& target, Sync& sync) { return everything(target, sync, CopyOption::skip); }, same,
                 [] {});
}

TEST_F(PowerCutTest, FilesThatWereThereAreReplacedOrStay) {
  write_some_tree(place_.source);
  ASSERT_TRUE(place_.capture(*tree_source(place_.source)));
  const auto old_files = [&] {
    for (int i = 0; i < 5; ++i) {
      write(target_ / fmt::format("d{}/sparse{}", i % 4, i), "old");
    }
    write(target_ / "large", "old");
    write(target_ / "d1/linked", "old");
    // Complete by size and times, but not by its bytes: after a crash of the program that wrote it, for example.
    std::filesystem::copy(place_.source / "d3/f3", target_ / "d3/f3");
    overwrite(target_ / "d3/f3", 1000, "damaged");
    const auto status = status_of(place_.source / "d3/f3");
    const struct timespec times[2] = {status.st_atim, status.st_mtim};
    check(::utimensat(AT_FDCWD, (target_ / "d3/f3").c_str(), times, 0) == 0);
    PowerCut(target_, durable_).file_system(-1).value();
  };
  cut_everywhere([](const Path& target, Sync& sync) { return everything(target, sync, CopyOption::overwrite); },
                 [&] { EXPECT_EQ(differences(place_.source, target_), std::vector<std::string>()); }, old_files);
}

TEST_F(PowerCutTest, SingleFilesAreWholeAfterARepeat) {
  write_some_tree(place_.source);
  ASSERT_TRUE(place_.capture(*tree_source(place_.source)));
  cut_everywhere(
      [](const Path& target, Sync& sync) -> std::unique_ptr<Target> {
        TreeRestoreOptions options;
        options.items = {{"large", {}, {}}, {"d2/sparse2", {}, "into"}, {"d1/preallocated1", {}, "into"}};
        options.threads = 2;
        options.sync = &sync;
        return tree_target(target, options);
      },
      [&] {
        EXPECT_EQ(read(target_ / "large"), read(place_.source / "large"));
        EXPECT_EQ(read(target_ / "into/sparse2"), read(place_.source / "d2/sparse2"));
        EXPECT_EQ(read(target_ / "into/preallocated1"), read(place_.source / "d1/preallocated1"));
      },
      [] {});
}

TEST_F(PowerCutTest, ImagesAreCompleteOrAbsent) {
  write_image(place_.source / "image");
  ASSERT_TRUE(place_.capture(*disk_source(place_.source / "image")));
  const auto make_target = [&] { std::filesystem::create_directories(target_); };
  const auto same = [&] { EXPECT_EQ(read(target_ / "image"), read(place_.source / "image")); };
  cut_everywhere(
      [](const Path& target, Sync& sync) { return disk_target(target / "image", {ImageFormat::raw, true, 2, &sync}); },
      same, make_target);
  cut_everywhere([](const Path& target,
                    Sync& sync) { return disk_target(target / "image", {ImageFormat::qcow2, true, 2, &sync}); },
                 [&] {
                   EXPECT_EQ(bytes_of(*open_image(target_ / "image", ImageFormat::qcow2).value()),
                             read(place_.source / "image"));
                 },
                 make_target);
}

/// A separate file system in a file. The file's contents just after a journal commit are what a power failure leaves:
/// sizes, times and modes, but no bytes that were not written back.
class Ext4 {
 public:
  explicit Ext4(const Path& place) : image_(place / "ext4"), mounted_(place / "mounted") {
    std::filesystem::create_directories(mounted_);
  }
  ~Ext4() { unmount(); }
  bool make() const { return run(fmt::format("truncate -s 64M {0} && mkfs.ext4 -q {0}", image_.native())) && mount(); }
  bool mount() const { return run(fmt::format("mount -o loop {} {}", image_.native(), mounted_.native())); }
  bool unmount() const { return run(fmt::format("umount {}", mounted_.native())); }
  void photograph(const Path& to) const {
    const auto tick = mounted_ / "tick";
    const int file = ::open(tick.c_str(), O_WRONLY | O_CREAT, 0600);
    check(file >= 0 && ::pwrite(file, "x", 1, 0) == 1 && ::fsync(file) == 0);  // commits the journal
    ::close(file);
    check(run(fmt::format("cp --sparse=always {} {}", image_.native(), to.native())));
  }
  void put_back(const Path& photograph) const {
    check(unmount() && run(fmt::format("cp {} {}", photograph.native(), image_.native())) && mount());
  }
  Path target() const { return mounted_ / "target"; }

 private:
  static bool run(const std::string& command) { return std::system((command + " 2>/dev/null").c_str()) == 0; }
  const Path image_;
  const Path mounted_;
};

class Photographer final : public Sync {
 public:
  explicit Photographer(const std::function<void()>& photograph) : photograph_(photograph) {}
  Result<> file_system(int directory) override {
    photograph_();
    TRY(system_sync().file_system(directory));
    photograph_();
    return ok();
  }
  Result<> file(int file) override { return system_sync().file(file); }
  Result<> directory(int directory) override { return system_sync().directory(directory); }

 private:
  const std::function<void()> photograph_;
};

TEST_F(PowerCutTest, OnAFileSystemWithAJournal) {
  Ext4 disk(memory_);
  if (!disk.make()) {
    GTEST_SKIP() << "no ext4 can be made and mounted here";
  }
  write_some_tree(place_.source);
  ASSERT_TRUE(place_.capture(*tree_source(place_.source)));
  std::vector<Path> photographs;
  Photographer photographer([&] {
    photographs.push_back(memory_ / fmt::format("photograph{}", photographs.size()));
    disk.photograph(photographs.back());
  });
  ASSERT_TRUE(everything(disk.target(), photographer, CopyOption::skip)->restore(place_.point.root, place_.open(), {}));
  EXPECT_GT(photographs.size(), 3U);
  for (const auto& photograph : photographs) {
    disk.put_back(photograph);
    const auto again =
        everything(disk.target(), system_sync(), CopyOption::skip)->restore(place_.point.root, place_.open(), {});
    ASSERT_TRUE(again) << again.error().cause();
    EXPECT_EQ(again.value().failed, 0);
    EXPECT_EQ(differences(place_.source, disk.target()), std::vector<std::string>()) << photograph;
  }
}

/// The kernel reports lost bytes only once; a repeat in the same process must write them again.
TEST_F(PowerCutTest, ASyncThatFailsEndsItAndARepeatWritesEverythingAgain) {
  write_some_tree(place_.source);
  ASSERT_TRUE(place_.capture(*tree_source(place_.source)));
  const auto restored = [&](PowerCut& disk) {
    return everything(target_, disk, CopyOption::overwrite)->restore(place_.point.root, place_.open(), {});
  };
  for (int n = 0;; ++n) {
    std::filesystem::remove_all(target_);
    std::filesystem::remove_all(durable_);
    write(target_ / "large", "old");
    PowerCut disk(target_, durable_);
    disk.fail_at = n;
    const auto first = restored(disk);
    if (first) {
      EXPECT_GT(n, 1);
      break;
    }
    EXPECT_EQ(first.error().kind(), Errc::io);
    if (n == 0) {
      EXPECT_EQ(as_text(read(target_ / "large")), "old");
    }
    const auto again = restored(disk);
    ASSERT_TRUE(again) << again.error().cause();
    disk.cut(PowerCut::Keeps::size);
    EXPECT_EQ(differences(place_.source, target_), std::vector<std::string>());
  }
}

TEST_F(PowerCutTest, AnImageWhoseSyncFailedIsNotThereAndARepeatFindsItsNameFree) {
  write_image(place_.source / "image");
  std::filesystem::create_directories(target_);
  ASSERT_TRUE(place_.capture(*disk_source(place_.source / "image")));
  for (const int n : {0, 1}) {
    PowerCut disk(target_, durable_);
    disk.fail_at = n;
    const auto target = disk_target(target_ / "image", {ImageFormat::raw, false, 2, &disk});
    EXPECT_EQ(target->restore(place_.point.root, place_.open(), {}).error().kind(), Errc::io);
    EXPECT_TRUE(std::filesystem::is_empty(target_));
    const auto again = target->restore(place_.point.root, place_.open(), {});
    ASSERT_TRUE(again) << again.error().cause();
    EXPECT_EQ(read(target_ / "image"), read(place_.source / "image"));
    std::filesystem::remove(target_ / "image");
  }
}

}  // namespace
}  // namespace quaymaster::workload
