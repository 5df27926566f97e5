#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "testing/base/manual_clock.h"
#include "testing/workload/test_place.h"
#include "workload/files/catalog_entry.h"

namespace quaymaster::workload {
namespace {

using namespace test;

/// Well after every file of a test was written, so that none counts as just changed.
ManualClock later(SystemClock().now() + std::chrono::hours(1));

TreeOptions options() {
  TreeOptions options;
  options.threads = 3;
  options.clock = &later;
  return options;
}

std::vector<std::string> paths(const TreeView& view, const std::string& from = "") {
  std::vector<std::string> found;
  EXPECT_TRUE(view.walk(from, [&](const TreeEntry& entry) -> Result<> {
    found.push_back(entry.path);
    return ok();
  }));
  return found;
}

Buffer bytes_of(const TreeView& view, const std::string& path) {
  const auto reader = view.read(path).value();
  Buffer bytes(reader->size());
  EXPECT_EQ(reader->read(0, bytes).value(), bytes.size());
  return bytes;
}

TEST(TreeSource, KeepsEveryKindOfEntryWithWhatBelongsToIt) {
  Place p;
  write(p.source / "a.txt", "alpha");
  write(p.source / "dir/b.bin", noise(3'000'000, 1));
  ASSERT_EQ(::link((p.source / "a.txt").c_str(), (p.source / "dir/again.txt").c_str()), 0);
  ASSERT_EQ(::symlink("../a.txt", (p.source / "dir/link").c_str()), 0);
  ASSERT_EQ(::mkfifo((p.source / "pipe").c_str(), 0640), 0);
  ASSERT_EQ(::chmod((p.source / "a.txt").c_str(), 04751), 0);
  ASSERT_EQ(::setxattr((p.source / "a.txt").c_str(), "user.colour", "blue", 4, 0), 0);
  const auto source = tree_source(p.source, options());
  const auto captured = p.capture(*source).value();
  EXPECT_EQ(captured.warning_count, 0);
  EXPECT_EQ(captured.items, 7);
  EXPECT_EQ(captured.bytes, 3'000'005);

  const auto view = TreeView::open(p.point.root, p.open()).value();
  EXPECT_EQ(paths(*view),
            (std::vector<std::string>{"", "a.txt", "dir", "dir/again.txt", "dir/b.bin", "dir/link", "pipe"}));
  const auto file = view->find("a.txt").value();
  const auto status = status_of(p.source / "a.txt");
  EXPECT_EQ(file.mode, 04751);
  EXPECT_EQ(file.uid, status.st_uid);
  EXPECT_EQ(file.modified.nanoseconds, status.st_mtim.tv_nsec);
  EXPECT_EQ(file.links, 2);
  EXPECT_EQ(file.attributes.size(), 1);
  EXPECT_EQ(file.attributes.at(0).first, "user.colour");
  EXPECT_EQ(view->find("dir/link").value().target, "../a.txt");
  EXPECT_EQ(view->find("pipe").value().kind, EntryKind::fifo);
  EXPECT_EQ(bytes_of(*view, "dir/again.txt"), bytes_of(*view, "a.txt"));
  EXPECT_EQ(bytes_of(*view, "dir/b.bin"), noise(3'000'000, 1));
  EXPECT_EQ(view->find("nowhere").error().kind(), Errc::not_found);
  EXPECT_EQ(view->read("dir").error().kind(), Errc::invalid);
  EXPECT_TRUE(p.is_whole());
}

TEST(TreeSource, ReadsOnlyWhatChanged) {
  Place p;
  for (int i = 0; i < 300; ++i) {
    write(p.source / fmt::format("{}/{}", i % 7, i), noise(2000, 100 + i));
  }
  const auto source = tree_source(p.source, options());
  ASSERT_TRUE(p.capture(*source));
  write(p.source / "3/3", "changed");
  write(p.source / "3/new", "new");
  std::filesystem::remove(p.source / "4/4");
  const auto captured = p.capture(*source, p.point).value();
  EXPECT_EQ(captured.items_unchanged, 298);
  EXPECT_EQ(captured.bytes_unchanged, 298 * 2000);
  EXPECT_LT(p.point.totals.bytes_new, 40'000);  // most of it is the catalog
  const auto view = TreeView::open(p.point.root, p.open()).value();
  EXPECT_EQ(as_text(bytes_of(*view, "3/3")), "changed");
  EXPECT_FALSE(view->find("4/4"));
  EXPECT_EQ(view->items(), 1 + 7 + 300);
}

TEST(TreeSource, AFileThatChangedJustNowIsReadAgain) {
  Place p;
  write(p.source / "fresh", "one");
  auto now = options();
  now.clock = nullptr;
  const auto source = tree_source(p.source, now);
  ASSERT_TRUE(p.capture(*source));
  EXPECT_EQ(p.capture(*source, p.point).value().items_unchanged, 0);
}

TEST(TreeSource, WhatTheVaultNoLongerHasIsReadAgain) {
  Place p;
  write(p.source / "file", noise(5000, 1));
  const auto source = tree_source(p.source, options());
  ASSERT_TRUE(p.capture(*source));
  const auto old = p.point;
  ASSERT_TRUE(p.remove(old.id));
  ASSERT_TRUE(p.vault->collect({}));
  EXPECT_EQ(p.capture(*source, old).value().items_unchanged, 0);
  EXPECT_EQ(bytes_of(*TreeView::open(p.point.root, p.open()).value(), "file"), noise(5000, 1));
}

TEST(TreeSource, APreviousPointOfAnotherKindOnlyCostsTime) {
  Place p;
  write(p.source / "file", "x");
  const auto source = tree_source(p.source, options());
  vault::Point foreign;
  foreign.root = Buffer(100, 'x');
  EXPECT_TRUE(p.capture(*source, foreign));
}

TEST(TreeSource, AcceptsNamesThatAreNotText) {
  Place p;
  const std::vector<std::string> names{"new\nline",           "\xFF\xFE", "tab\t", " ", "-rf",
                                       std::string(255, 'n'), "a\x01z",   "a"};
  for (const auto& name : names) {
    write(p.source / name / "inner", name);
  }
  for (const auto& name : {"a b", "a.", "a-b"}) {
    write(p.source / name, std::string_view(name));
  }
  const auto source = tree_source(p.source, options());
  ASSERT_TRUE(p.capture(*source));
  const auto view = TreeView::open(p.point.root, p.open()).value();
  for (const auto& name : names) {
    EXPECT_EQ(as_text(bytes_of(*view, name + "/inner")), name);
  }
  auto found = paths(*view);
  EXPECT_TRUE(std::ranges::is_sorted(found, [](const auto& a, const auto& b) { return compare_paths(a, b) < 0; }));
  EXPECT_EQ(paths(*view, "a"), (std::vector<std::string>{"a", "a/inner"}));
}

TEST(TreeSource, ListsADirectoryPastHugeTreesBelowIt) {
  Place p;
  for (int i = 0; i < 3000; ++i) {
    write(p.source / fmt::format("top/b/{}/{}-{}", i % 3, std::string(200, 'x'), i), "1");
  }
  write(p.source / "top/a", "a");
  write(p.source / "top/c", "c");
  const auto source = tree_source(p.source, options());
  ASSERT_TRUE(p.capture(*source));
  const auto view = TreeView::open(p.point.root, p.open()).value();
  std::vector<std::string> names;
  ASSERT_TRUE(view->list("top", [&](const TreeEntry& entry) -> Result<> {
    names.push_back(entry.path);
    return ok();
  }));
  EXPECT_EQ(names, (std::vector<std::string>{"top/a", "top/b", "top/c"}));
  EXPECT_EQ(paths(*view, "top/b/1").size(), 1001);
  EXPECT_EQ(view->list("top/a", {}).error().kind(), Errc::invalid);
}

TEST(TreeSource, SparseFilesAreReadWhereTheyHaveData) {
  Place p;
  write(p.source / "sparse", noise(100'000, 1));
  std::filesystem::resize_file(p.source / "sparse", 40 << 20);
  const int file = ::open((p.source / "sparse").c_str(), O_WRONLY);
  ASSERT_EQ(::pwrite(file, "middle", 6, 20 << 20), 6);
  ::close(file);
  const auto source = tree_source(p.source, options());
  ASSERT_TRUE(p.capture(*source));
  EXPECT_LT(p.point.totals.bytes_new, 400'000);
  EXPECT_GT(p.point.totals.bytes_zero, 39 << 20);
  EXPECT_EQ(bytes_of(*TreeView::open(p.point.root, p.open()).value(), "sparse"), test::read(p.source / "sparse"));
}

TEST(TreeSource, LargeFilesAreReadByAllThreads) {
  Place p;
  const auto bytes = noise(150 << 20, 1);
  write(p.source / "large", bytes);
  const auto source = tree_source(p.source, options());
  ASSERT_TRUE(p.capture(*source));
  EXPECT_EQ(bytes_of(*TreeView::open(p.point.root, p.open()).value(), "large"), bytes);
  EXPECT_TRUE(p.is_whole());
}

// Changes between the listing and the reading of a file.
TEST(TreeSource, FilesThatVanishOrCannotBeReadAreWarnings) {
  Place p;
  for (const auto* name : {"a", "b", "c", "d"}) {
    write(p.source / name, std::string_view(name));
  }
  auto hooked = options();
  hooked.hook = [&](const std::string& path, bool opened) {
    if (opened) {
      return;
    }
    if (path == "b") {
      std::filesystem::remove(p.source / "b");
    }
    if (path == "c") {  // exchanged for a symlink to something that must not be read
      std::filesystem::remove(p.source / "c");
      ASSERT_EQ(::symlink("/etc/passwd", (p.source / "c").c_str()), 0);
    }
  };
  const auto captured = p.capture(*tree_source(p.source, hooked)).value();
  ASSERT_EQ(captured.warning_count, 1);
  EXPECT_EQ(captured.warnings[0].item, "b");
  EXPECT_EQ(captured.warnings[0].kind, Errc::not_found);
  const auto view = TreeView::open(p.point.root, p.open()).value();
  EXPECT_EQ(paths(*view), (std::vector<std::string>{"", "a", "c", "d"}));
  EXPECT_EQ(view->find("c").value().kind, EntryKind::symlink);
}

TEST(TreeSource, AFileWrittenWhileItIsReadIsReported) {
  Place p;
  write(p.source / "log", "first line\n");
  auto hooked = options();
  hooked.hook = [&](const std::string& path, bool opened) {
    if (opened && path == "log") {
      std::ofstream(p.source / "log", std::ios::app) << "second line\n";
    }
  };
  const auto source = tree_source(p.source, hooked);
  const auto captured = p.capture(*source).value();
  EXPECT_TRUE(captured.changed_meanwhile);
  ASSERT_EQ(captured.warning_count, 1);
  EXPECT_EQ(captured.warnings[0].kind, Errc::busy);
  const auto view = TreeView::open(p.point.root, p.open()).value();
  EXPECT_TRUE(view->find("log").value().changed_meanwhile);
  EXPECT_EQ(as_text(bytes_of(*view, "log")), "first line\n");
  EXPECT_EQ(p.capture(*tree_source(p.source, options()), p.point).value().items_unchanged, 0);
}

TEST(TreeSource, ATreeThatChangesAllTheTimeIsStillCaptured) {
  Place p;
  for (int i = 0; i < 500; ++i) {
    write(p.source / fmt::format("d{}/f{}", i % 20, i), noise(500, i));
  }
  std::atomic<bool> stop{false};
  std::jthread churn([&] {
    for (int i = 0; !stop; ++i) {
      std::error_code ignored;
      const auto directory = p.source / fmt::format("d{}", i % 20);
      std::filesystem::rename(directory, p.source / "moved", ignored);
      std::filesystem::remove(p.source / fmt::format("d{}/f{}", i % 20, i % 500), ignored);
      std::filesystem::rename(p.source / "moved", directory, ignored);
    }
  });
  for (int round = 0; round < 5; ++round) {
    const auto captured = p.capture(*tree_source(p.source, options()));
    EXPECT_TRUE(captured) << captured.error().cause();
  }
  stop = true;
  churn.join();
  EXPECT_TRUE(p.is_whole());
}

TEST(TreeSource, AMissingRootIsAnError) {
  Place p;
  EXPECT_EQ(p.capture(*tree_source(p.source / "nowhere", options())).error().kind(), Errc::not_found);
}

}  // namespace
}  // namespace quaymaster::workload
