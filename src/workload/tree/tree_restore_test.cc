#include <fcntl.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>

#include "base/digests/checksum.h"
#include "testing/workload/test_place.h"
#include "workload/files/catalog_entry.h"

namespace quaymaster::workload {
namespace {

using namespace test;

/// Everything that a restore must bring back, as one text per entry.
std::vector<std::string> describe(const Path& root) {
  std::vector<std::string> lines;
  const auto add = [&](const Path& path) {
    const auto s = status_of(path);
    auto line = fmt::format("{} {:o} {} {} {}.{}", path.lexically_relative(root).native(), s.st_mode, s.st_uid,
                            s.st_gid, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    if (S_ISREG(s.st_mode)) {
      line += fmt::format(" {} links {} {}", s.st_size, s.st_nlink, crc32c(read(path)));
    }
    if (S_ISLNK(s.st_mode)) {
      line += " -> " + std::filesystem::read_symlink(path).native();
    }
    char value[100];
    if (const auto size = ::lgetxattr(path.c_str(), "user.colour", value, sizeof value); size > 0) {
      line += " " + std::string(value, static_cast<std::size_t>(size));
    }
    lines.push_back(line);
  };
  add(root);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    add(entry.path());
  }
  std::ranges::sort(lines);
  return lines;
}

void write_some_tree(const Path& root) {
  for (int i = 0; i < 200; ++i) {
    write(root / fmt::format("d{}/e{}/f{}", i % 5, i % 11, i), noise(1000 + 50 * i, i));
  }
  write(root / "large", noise(5'000'000, 1));
  write(root / std::string("odd\n\xFF"), "odd");
  write(root / "empty", "");
  write(root / "sparse", noise(4096, 2));
  std::filesystem::resize_file(root / "sparse", 30 << 20);
  check(::link((root / "large").c_str(), (root / "d1/large too").c_str()) == 0);
  check(::link((root / "large").c_str(), (root / "zlarge").c_str()) == 0);
  check(::symlink("/etc", (root / "d2/etc").c_str()) == 0);
  check(::mkfifo((root / "d2/pipe").c_str(), 0620) == 0);
  check(::setxattr((root / "empty").c_str(), "user.colour", "red", 3, 0) == 0);
  check(::setxattr((root / "d1").c_str(), "user.colour", "dir", 3, 0) == 0);
  check(::chmod((root / "large").c_str(), 06755) == 0);
  check(::chmod((root / "d3").c_str(), 0510) == 0);
  if (::geteuid() == 0) {
    check(::lchown((root / "empty").c_str(), 1234, 5678) == 0);
  }
  const struct timespec times[2] = {{0, UTIME_OMIT}, {1'000'000'000, 123'456'789}};
  for (const auto* name : {"empty", "d2/etc", "d4", "d1/e1"}) {
    check(::utimensat(AT_FDCWD, (root / name).c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
  }
}

TreeRestoreOptions with(CopyOption copy, std::vector<RestoreItem> items = {}) {
  return {copy, std::move(items), 3};
}

struct RestorePlace : Place {
  using Place::Place;
  Result<Restore> restore(TreeRestoreOptions options = {}) {
    return tree_target(target, std::move(options))->restore(point.root, open(), {});
  }
  void capture_source() {
    const auto captured = capture(*tree_source(source));
    ASSERT_TRUE(captured) << captured.error().cause();
    ASSERT_EQ(captured.value().warning_count, 0);
  }
};

TEST(TreeRestore, RestoresAWholeTree) {
  RestorePlace p;
  write_some_tree(p.source);
  p.capture_source();
  const auto restored = p.restore().value();
  EXPECT_EQ(restored.failed, 0);
  EXPECT_EQ(restored.warning_count, 0);
  EXPECT_EQ(restored.restored, TreeView::open(p.point.root, p.open()).value()->items());
  EXPECT_EQ(describe(p.target), describe(p.source));
  EXPECT_LE(status_of(p.target / "sparse").st_blocks, status_of(p.source / "sparse").st_blocks + 8);
  EXPECT_EQ(status_of(p.target / "large").st_ino, status_of(p.target / "zlarge").st_ino);
  EXPECT_EQ(status_of(p.target / "large").st_ino, status_of(p.target / "d1/large too").st_ino);
}

TEST(TreeRestore, ARepeatWritesNothingThatIsThere) {
  RestorePlace p;
  write_some_tree(p.source);
  p.capture_source();
  ASSERT_TRUE(p.restore());
  std::filesystem::remove(p.target / "empty");
  for (const auto copy :
       {CopyOption::overwrite, CopyOption::skip, CopyOption::create_copy, CopyOption::fail_on_conflict}) {
    const auto again = p.restore(with(copy));
    ASSERT_TRUE(again) << again.error().cause();
    EXPECT_EQ(again.value().restored, copy == CopyOption::overwrite ? 1 : 0);
    EXPECT_EQ(again.value().failed, 0);
  }
  EXPECT_EQ(describe(p.target), describe(p.source));
}

TEST(TreeRestore, AFileThatACrashLeftUnfinishedIsRestoredWhateverTheOption) {
  RestorePlace p;
  write(p.source / "file", "whole content");
  p.capture_source();
  for (const auto copy :
       {CopyOption::overwrite, CopyOption::skip, CopyOption::create_copy, CopyOption::fail_on_conflict}) {
    std::filesystem::remove_all(p.target);
    write(p.target / "file", "who");
    ASSERT_EQ(::chmod((p.target / "file").c_str(), 01200), 0);
    ASSERT_EQ(::chmod(p.target.c_str(), 01700), 0);
    EXPECT_EQ(p.restore(with(copy)).value().failed, 0);
    EXPECT_EQ(describe(p.target), describe(p.source));
  }
}

struct CopyCase {
  CopyOption copy;
  std::string_view content;  // of the file afterwards
  std::uint64_t restored;
  std::vector<std::string> names;
};

TEST(TreeRestore, TakenNamesAreTreatedAsTheOptionSays) {
  RestorePlace p;
  write(p.source / "a.tar.gz", "from the point");
  p.capture_source();
  const std::vector<CopyCase> cases{{CopyOption::overwrite, "from the point", 1, {"a.tar.gz"}},
                                    {CopyOption::skip, "there before", 0, {"a.tar.gz"}},
                                    {CopyOption::create_copy, "there before", 1, {"a.tar (1).gz", "a.tar.gz"}}};
  for (const auto& c : cases) {
    std::filesystem::remove_all(p.target);
    write(p.target / "a.tar.gz", "there before");
    const auto restored = p.restore(with(c.copy)).value();
    EXPECT_EQ(restored.restored, c.restored);
    EXPECT_EQ(as_text(read(p.target / "a.tar.gz")), c.content);
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(p.target)) {
      names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    EXPECT_EQ(names, c.names);
  }
  EXPECT_EQ(as_text(read(p.target / "a.tar (1).gz")), "from the point");
  const auto refused = p.restore(with(CopyOption::fail_on_conflict));
  EXPECT_EQ(refused.error().kind(), Errc::conflict);
  EXPECT_NE(refused.error().cause().find("a.tar.gz"), std::string::npos);
  EXPECT_EQ(as_text(read(p.target / "a.tar.gz")), "there before");
}

TEST(TreeRestore, SomethingOfAnotherKindIsReplacedUnlessItIsADirectory) {
  RestorePlace p;
  write(p.source / "one", "1");
  write(p.source / "two", "2");
  write(p.source / "sub/three", "3");
  p.capture_source();
  write(p.target / "one/inside", "a directory");
  write(p.target / "elsewhere", "not to be touched");
  ASSERT_EQ(::symlink("elsewhere", (p.target / "two").c_str()), 0);
  write(p.target / "sub", "a file");
  const auto restored = p.restore().value();
  EXPECT_EQ(restored.failed, 3);  // one; sub and its contents
  EXPECT_EQ(as_text(read(p.target / "two")), "2");
  EXPECT_TRUE(S_ISREG(status_of(p.target / "two").st_mode));
  EXPECT_EQ(as_text(read(p.target / "elsewhere")), "not to be touched");
  EXPECT_EQ(as_text(read(p.target / "one/inside")), "a directory");
  ASSERT_EQ(restored.failures.size(), 2);
  EXPECT_EQ(restored.failures[0].kind, Errc::conflict);
}

TEST(TreeRestore, NeverWritesThroughASymlinkInTheTarget) {
  RestorePlace p;
  write(p.source / "dir/sub/file", "escaped");
  p.capture_source();
  const auto outside = p.root / "outside";
  std::filesystem::create_directories(outside / "sub");
  std::filesystem::create_directories(p.target);
  ASSERT_EQ(::symlink(outside.c_str(), (p.target / "dir").c_str()), 0);
  for (const auto copy : {CopyOption::overwrite, CopyOption::skip, CopyOption::create_copy}) {
    for (const auto& items : {std::vector<RestoreItem>{}, {{"dir/sub/file", {}, {}}}, {{"dir/sub/file", {}, "dir"}}}) {
      const auto restored = p.restore(with(copy, items)).value();
      EXPECT_GE(restored.failed, 1);
      EXPECT_TRUE(std::filesystem::is_empty(outside / "sub"));
      EXPECT_EQ(std::distance(std::filesystem::directory_iterator(outside), {}), 1);
    }
  }
}

TEST(TreeRestore, FoldersThatLeadOutAreRefused) {
  RestorePlace p;
  write(p.source / "file", "x");
  p.capture_source();
  for (const auto* folder : {"..", "a/../..", "/etc", "a//b", "./a", "a/", "/"}) {
    EXPECT_EQ(p.restore(with(CopyOption::overwrite, {{"file", {}, folder}})).error().kind(), Errc::invalid) << folder;
  }
  EXPECT_EQ(p.restore(with(CopyOption::overwrite, {{"../../etc/passwd", {}, {}}})).value().failed, 1);
}

TEST(TreeRestore, RestoresSingleItems) {
  RestorePlace p;
  write_some_tree(p.source);
  p.capture_source();
  const auto restored = p.restore(with(CopyOption::overwrite, {{"d1", EntryKind::directory, {}},
                                                               {"d2/e2/f2", EntryKind::file, {}},
                                                               {"large", {}, "into/there"},
                                                               {"d3/e3", {}, "into"},
                                                               {"missing", {}, {}},
                                                               {"d4", EntryKind::file, {}}}))
                            .value();
  EXPECT_EQ(restored.failed, 2);
  EXPECT_EQ(describe(p.target / "d1").size(), describe(p.source / "d1").size());
  EXPECT_EQ(read(p.target / "d1/large too"), read(p.source / "large"));
  EXPECT_EQ(read(p.target / "d2/e2/f2"), read(p.source / "d2/e2/f2"));
  EXPECT_EQ(status_of(p.target / "d2").st_mode, status_of(p.source / "d2").st_mode);
  EXPECT_EQ(read(p.target / "into/there/large"), read(p.source / "large"));
  EXPECT_EQ(describe(p.target / "into/e3"), describe(p.source / "d3/e3"));
  EXPECT_FALSE(std::filesystem::exists(p.target / "d4"));
  EXPECT_FALSE(std::filesystem::exists(p.target / "large"));
}

TEST(TreeRestore, RestoresEverythingIntoAFolder) {
  RestorePlace p;
  write_some_tree(p.source);
  p.capture_source();
  ASSERT_EQ(p.restore(with(CopyOption::overwrite, {{"", {}, "some/where"}})).value().failed, 0);
  EXPECT_EQ(describe(p.target / "some/where"), describe(p.source));
}

TEST(TreeRestore, ADamagedFileFailsAloneAndLeavesNothingUnderItsName) {
  RestorePlace p;
  write(p.source / "good", noise(3'000'000, 1));
  p.capture_source();
  const auto damaged_pack = p.files("packs");
  write(p.source / "bad", noise(3'000'000, 2));
  p.capture_source();
  for (const auto& file : p.files("packs")) {
    if (std::ranges::find(damaged_pack, file) == damaged_pack.end()) {
      const auto object = p.real_disk.open(file, OpenMode::write).value();
      ASSERT_TRUE(object->write_at(Buffer(16, 0xEE), 1'000'000));
    }
  }
  p.reopen();
  const auto restored = p.restore().value();
  EXPECT_EQ(restored.failed, 1);
  ASSERT_EQ(restored.failures.size(), 1);
  EXPECT_EQ(restored.failures[0].item, "bad");
  EXPECT_EQ(restored.failures[0].kind, Errc::corrupt);
  EXPECT_FALSE(std::filesystem::exists(p.target / "bad"));
  EXPECT_EQ(read(p.target / "good"), noise(3'000'000, 1));
}

TEST(TreeRestore, AFullDiskEndsItAndIsReported) {
  RestorePlace p;
  write(p.source / "file", noise(4'000'000, 1));
  p.capture_source();
  std::filesystem::create_directories(p.target);
  if (::mount("none", p.target.c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "no file system of its own can be mounted here";
  }
  EXPECT_EQ(p.restore().error().kind(), Errc::no_space);
  EXPECT_FALSE(std::filesystem::exists(p.target / "file"));
  ASSERT_EQ(::umount(p.target.c_str()), 0);
}

TEST(TreeRestore, CancelIsTheResult) {
  RestorePlace p;
  write_some_tree(p.source);
  p.capture_source();
  const auto cancel = [](const Progress&) -> Result<> { return cancelled("enough"); };
  EXPECT_EQ(tree_target(p.target)->restore(p.point.root, p.open(), cancel).error().kind(), Errc::cancelled);
}

}  // namespace
}  // namespace quaymaster::workload
