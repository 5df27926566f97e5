#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "store/sqlite/open_sqlite.h"
#include "testing/base/manual_clock.h"
#include "testing/base/test_death.h"
#include "testing/workload/test_place.h"
#include "vault/engine/open_vault.h"

// Processes are killed at every operation on the vault's disk, at every file of a restore, and at random instants: more
// than two hundred deaths in all.
namespace quaymaster::workload {
namespace {

using namespace test;

/// Counts operations that can be lost, and kills the process at the n-th.
struct Fuse {
  int left;
  void burn() {
    if (left-- == 0) {
      ::kill(::getpid(), SIGKILL);
    }
  }
};

class DyingFile final : public File {
 public:
  DyingFile(std::unique_ptr<File> file, Fuse& fuse, std::mutex& mutex)
      : file_(std::move(file)), fuse_(fuse), mutex_(mutex) {}
  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override { return file_->read_at(into, offset); }
  Result<> write_at(Bytes bytes, std::uint64_t offset) override {
    const std::lock_guard lock(mutex_);
    if (fuse_.left == 0 && bytes.size() > 1) {  // part of it may have been written
      static_cast<void>(file_->write_at(bytes.first(bytes.size() / 2), offset));
    }
    fuse_.burn();
    return file_->write_at(bytes, offset);
  }
  Result<> sync() override {
    const std::lock_guard lock(mutex_);
    fuse_.burn();
    return ok();  // a killed process loses nothing that it has written; only a power failure does
  }
  Result<std::uint64_t> size() override { return file_->size(); }
  Result<> truncate(std::uint64_t size) override { return file_->truncate(size); }
  Result<> reserve(std::uint64_t offset, std::uint64_t size) override { return file_->reserve(offset, size); }
  int descriptor() const override { return file_->descriptor(); }

 private:
  const std::unique_ptr<File> file_;
  Fuse& fuse_;
  std::mutex& mutex_;
};

class DyingDisk final : public Disk {
 public:
  explicit DyingDisk(int operations) : fuse_{operations} {}
  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override {
    if (mode != OpenMode::read) {
      burn();
    }
    TRY(auto file, disk_.open(path, mode));
    return std::unique_ptr<File>(std::make_unique<DyingFile>(std::move(file), fuse_, mutex_));
  }
  Result<FileStatus> status(const Path& path) override { return disk_.status(path); }
  Result<std::vector<std::string>> list(const Path& directory) override { return disk_.list(directory); }
  Result<> make_directories(const Path& path) override { return burn(), disk_.make_directories(path); }
  Result<> rename(const Path& from, const Path& to) override { return burn(), disk_.rename(from, to); }
  Result<> rename_new(const Path& from, const Path& to) override { return burn(), disk_.rename_new(from, to); }
  Result<> remove(const Path& path) override { return burn(), disk_.remove(path); }
  Result<> sync_directory(const Path&) override { return burn(), ok(); }
  Result<std::uint64_t> free_bytes(const Path& path) override { return disk_.free_bytes(path); }

 private:
  void burn() {
    const std::lock_guard lock(mutex_);
    fuse_.burn();
  }
  SystemDisk disk_;
  std::mutex mutex_;
  Fuse fuse_;
};

/// A vault with its records on disk too; open only while in use, so that the test may fork.
class Yard {
 public:
  struct Open {
    std::unique_ptr<store::Database> database;
    std::unique_ptr<objects::ObjectStore> objects;
    std::unique_ptr<vault::Vault> vault;
  };

  Yard() {
    // What a killed process has written stays without any sync, so memory is as good as a disk, and faster.
    const Path memory = "/dev/shm";
    const auto where = std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (where / "qm-yard-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    const store::Schema schemas[] = {vault::schema()};
    const auto database = store::open_sqlite(root / "records", schemas).value();
    const auto objects = objects::open_directory(disk_, root / "objects").value();
    check(static_cast<bool>(vault::create_vault(*database, *objects, random_, "v", key_)));
  }
  ~Yard() { std::filesystem::remove_all(root); }

  Open open(Disk& disk) {
    Open opened;
    const store::Schema schemas[] = {vault::schema()};
    opened.database = store::open_sqlite(root / "records", schemas).value();
    opened.objects = objects::open_directory(disk, root / "objects").value();
    vault::Options options;
    options.trace = trace();
    options.threads = 2;
    opened.vault = vault::open_vault(*opened.database, *opened.objects, clock_, random_, "v", key_, options).value();
    return opened;
  }
  Open open() { return open(disk_); }

  /// Whether `work` survived in its own process.
  template <class Work>
  static bool survives(Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
      work();
      ::_exit(0);
    }
    int status = 0;
    check(::waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
      EXPECT_EQ(WTERMSIG(status), SIGKILL);
      return false;
    }
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return true;
  }

  Path root;

 private:
  SystemDisk disk_;
  SystemRandom random_;
  ManualClock clock_{parse_time("2026-01-01").value()};
  const vault::KeyEncryptionKey key_{vault::KeyEncryptionKey::Kind::file, Buffer(32, 7)};
};

Result<vault::Point> back_up(vault::Vault& vault, const Path& source, const std::optional<vault::Point>& previous) {
  TRY(auto session, vault.begin());
  std::optional<Previous> before;
  if (previous) {
    before = Previous{previous->root, open_with(vault)};
  }
  TreeOptions options;
  options.threads = 2;
  TRY(const auto captured, tree_source(source, options)->capture(*session, before, {}));
  return vault.commit(std::move(session), "s", captured.root, {});
}

void expect_sound(vault::Vault& vault, const Path& target) {
  const auto report = vault.check(vault::CheckDepth::every_byte, {});
  ASSERT_TRUE(report) << report.error().cause();
  EXPECT_TRUE(report.value().damage.empty());
  const auto points = vault.points("s").value();
  for (const auto& point : points) {
    std::filesystem::remove_all(target);
    const auto restored = tree_target(target)->restore(vault.point(point.id).value().root, open_with(vault), {});
    ASSERT_TRUE(restored) << restored.error().cause();
    EXPECT_EQ(restored.value().failed, 0);
    // Every file contains a description of its expected contents.
    for (const auto& entry : std::filesystem::recursive_directory_iterator(target)) {
      if (entry.is_regular_file()) {
        const auto seed = static_cast<std::uint32_t>(std::stoul(entry.path().filename().string()));
        EXPECT_EQ(read(entry.path()), noise(3000 + seed * 700 % 90'000, seed));
      }
    }
  }
}

void write_numbered(const Path& source, std::uint32_t from, std::uint32_t to) {
  for (auto i = from; i < to; ++i) {
    write(source / fmt::format("d{}/{}", i % 5, i), noise(3000 + i * 700 % 90'000, i));
  }
}

TEST(Kill, BackupAndCollectLeaveTheVaultSoundWhereverTheyDie) {
  Yard yard;
  const auto source = yard.root / "source";
  const auto target = yard.root / "target";
  write_numbered(source, 0, 60);
  check(static_cast<bool>(back_up(*yard.open().vault, source, {})));
  bool survived = false;
  int deaths = 0;
  for (int n = 0; !survived; ++n) {
    ASSERT_LT(n, 300);
    write_numbered(source, 60 + static_cast<std::uint32_t>(n) * 3, 63 + static_cast<std::uint32_t>(n) * 3);
    survived = Yard::survives([&] {
      DyingDisk disk(n);
      auto opened = yard.open(disk);
      auto& vault = *opened.vault;
      const auto points = vault.points("s").value();
      const auto point = back_up(vault, source, vault.point(points.front().id).value());
      check(static_cast<bool>(point));
      for (const auto& old : points) {
        check(static_cast<bool>(
            opened.database->write([&](store::Writer& writer) { return vault.remove_point(writer, old.id); })));
      }
      check(static_cast<bool>(vault.collect({})));
    });
    deaths += survived ? 0 : 1;
    const auto opened = yard.open();
    ASSERT_FALSE(opened.vault->points("s").value().empty());
    expect_sound(*opened.vault, target);
    ASSERT_FALSE(testing::Test::HasFailure()) << "died at operation " << n;
  }
  EXPECT_GT(deaths, 10);
}

TEST(Kill, ARestoreIsMadeWholeByARepeatWhereverItDies) {
  Yard yard;
  const auto source = yard.root / "source";
  const auto target = yard.root / "target";
  write_numbered(source, 0, 80);
  const auto point = back_up(*yard.open().vault, source, {}).value();
  for (const auto copy : {CopyOption::overwrite, CopyOption::skip, CopyOption::fail_on_conflict}) {
    bool survived = false;
    for (int n = 3; !survived; n += 6) {  // the first streams are those of the catalog
      std::filesystem::remove_all(target);
      const auto restore = [&](vault::Vault& vault, int die_at) {
        std::atomic<int> left{die_at};
        const vault::OpenStream open = [&](std::vector<vault::StreamPart> extents) {
          if (left-- == 0) {
            ::kill(::getpid(), SIGKILL);
          }
          return vault.read(std::move(extents));
        };
        TreeRestoreOptions options;
        options.copy = copy;
        options.threads = 2;
        return tree_target(target, options)->restore(point.root, open, {});
      };
      survived = Yard::survives([&] { check(static_cast<bool>(restore(*yard.open().vault, n))); });
      const auto opened = yard.open();
      const auto again = restore(*opened.vault, -1);
      ASSERT_TRUE(again) << again.error().cause();
      EXPECT_EQ(again.value().failed, 0);
      for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
        const auto other = target / entry.path().lexically_relative(source);
        EXPECT_EQ(status_of(other).st_mode, status_of(entry.path()).st_mode) << other;
        EXPECT_EQ(status_of(other).st_mtim.tv_nsec, status_of(entry.path()).st_mtim.tv_nsec) << other;
        if (entry.is_regular_file()) {
          EXPECT_EQ(read(other), read(entry.path())) << other;
        }
      }
      ASSERT_FALSE(testing::Test::HasFailure()) << "died at stream " << n;
    }
  }
}

TEST(Kill, NothingIsLostAtAnyInstantOfAnyWork) {
  constexpr int kDeaths = 120;
  constexpr std::chrono::nanoseconds kLongest = std::chrono::milliseconds(25);
  constexpr std::uint32_t kFiles = 30;
  Yard yard;
  const auto source = yard.root / "source";
  const auto target = yard.root / "target";
  write_numbered(source, 0, kFiles);
  check(static_cast<bool>(back_up(*yard.open().vault, source, {})));

  using Work = void (*)(Yard::Open&, const Path& source, const Path& target);
  constexpr Work kWork[] = {
      [](Yard::Open& opened, const Path& from, const Path&) {  // a backup
        const auto newest = opened.vault->points("s").value().front();
        check(static_cast<bool>(back_up(*opened.vault, from, opened.vault->point(newest.id).value())));
      },
      [](Yard::Open& opened, const Path&, const Path&) {  // retention: removes all but the newest two
        const auto points = opened.vault->points("s").value();
        for (std::size_t i = 2; i < points.size(); ++i) {
          check(static_cast<bool>(opened.database->write(
              [&](store::Writer& writer) { return opened.vault->remove_point(writer, points[i].id); })));
        }
      },
      [](Yard::Open& opened, const Path&, const Path&) { check(static_cast<bool>(opened.vault->collect({}))); },
      [](Yard::Open& opened, const Path&, const Path&) {
        check(opened.vault->check(vault::CheckDepth::every_byte, {}).value().damage.empty());
      },
      [](Yard::Open& opened, const Path&, const Path& to) {  // a restore over the remains of the previous one
        const auto newest = opened.vault->points("s").value().front();
        const auto root = opened.vault->point(newest.id).value().root;
        check(tree_target(to)->restore(root, open_with(*opened.vault), {}).value().failed == 0);
      },
  };
  std::mt19937 random(11);
  int deaths = 0;
  for (std::uint32_t n = 0; deaths < kDeaths; ++n) {
    ASSERT_LT(n, 6 * kDeaths);
    if (n % std::size(kWork) == 0) {
      write_numbered(source, kFiles + n, kFiles + n + 3);
    }
    const auto busy = std::chrono::nanoseconds(random() % kLongest.count());
    deaths += Yard::survives([&] {
      die_after(busy);
      auto opened = yard.open();
      kWork[n % std::size(kWork)](opened, source, target);
    })
                  ? 0
                  : 1;
    const auto opened = yard.open();
    ASSERT_FALSE(opened.vault->points("s").value().empty());
    if (n % 10 == 0) {
      expect_sound(*opened.vault, yard.root / "other");
    } else {
      EXPECT_TRUE(opened.vault->check(vault::CheckDepth::structure, {}).value().damage.empty());
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "died after " << busy.count() << " ns of work " << n;
  }
  const auto opened = yard.open();
  expect_sound(*opened.vault, target);  // even where restores were killed repeatedly
}

}  // namespace
}  // namespace quaymaster::workload
