#include "objects/directory/directory_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "testing/base/failing_disk.h"
#include "testing/objects/object_store_conformance.h"

namespace quaymaster::objects {
namespace {

Path fresh_directory() {
  static std::atomic<int> count{0};
  auto path = Path(testing::TempDir()) / fmt::format("qm-objects-{}-{}", ::getpid(), count.fetch_add(1));
  std::filesystem::remove_all(path);
  return path;
}

class DirectoryPlace final : public Place {
 public:
  ~DirectoryPlace() override { std::filesystem::remove_all(root_); }
  Result<std::unique_ptr<ObjectStore>> open() override { return open_directory(disk_, root_); }

 private:
  SystemDisk disk_;
  Path root_ = fresh_directory();
};
std::unique_ptr<Place> make_directory_place() {
  return std::make_unique<DirectoryPlace>();
}

INSTANTIATE_TEST_SUITE_P(Directory, ObjectStoreConformance, testing::Values(&make_directory_place));

class DirectoryStore : public testing::Test {
 protected:
  ~DirectoryStore() override { std::filesystem::remove_all(root_); }

  std::unique_ptr<ObjectStore> open(std::size_t open_files = 256) {
    auto opened = open_directory(disk_, root_, {open_files});
    EXPECT_TRUE(opened) << opened.error().cause();
    return std::move(opened).value();
  }
  static std::string text(ObjectStore& store, const Name& name) {
    Buffer into(1000);
    const auto count = store.read(name, 0, into);
    return count ? std::string(as_text(Bytes(into).first(count.value())))
                 : std::string(quaymaster::name(count.error().kind()));
  }

  SystemDisk disk_;
  const Path root_ = fresh_directory();
};

TEST_F(DirectoryStore, SyncsNothingThatItsNameDoesNotLeadTo) {
  auto store = open();
  const auto writer = store->create("extents/1").value();
  ASSERT_TRUE(writer->write_at(as_bytes("a"), 0));
  ASSERT_TRUE(writer->sync());
  std::filesystem::remove_all(root_);
  ASSERT_TRUE(writer->write_at(as_bytes("b"), 1)) << "the open file takes it";
  EXPECT_EQ(writer->sync().error().kind(), Errc::io);
}

// doc/formats/objects.md, Example.
TEST_F(DirectoryStore, LooksAsItsPageSays) {
  ASSERT_TRUE(open()->put("packs/3f/3fa9", as_bytes("alpha")));
  std::set<std::string> seen;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
    seen.insert(entry.path().lexically_relative(root_).native() + (entry.is_directory() ? "/" : ""));
  }
  EXPECT_EQ(seen, (std::set<std::string>{".unfinished/", "packs/", "packs/3f/", "packs/3f/3fa9"}));
  EXPECT_EQ(std::filesystem::file_size(root_ / "packs/3f/3fa9"), 5U);
}

TEST_F(DirectoryStore, RemovesPutsThatNeverEnded) {
  open();
  ASSERT_TRUE(replace_file(disk_, root_ / ".unfinished/7", as_bytes("half")));
  open();
  EXPECT_TRUE(std::filesystem::is_empty(root_ / ".unfinished"));
}

TEST_F(DirectoryStore, IgnoresForeignFiles) {
  const auto store = open();
  ASSERT_TRUE(store->put("a/b", as_bytes("x")));
  ASSERT_TRUE(replace_file(disk_, root_ / "Thumbs.db", as_bytes("x")));
  ASSERT_TRUE(disk_.make_directories(root_ / "lost+found"));
  std::filesystem::create_symlink("/etc/passwd", root_ / "link");
  EXPECT_EQ(store->list("", "", 10).value(), std::vector<Name>{"a/b"});
  Buffer into(1);
  EXPECT_EQ(store->read("link", 0, into).error().kind(), Errc::not_found);
}

TEST_F(DirectoryStore, DoesNotTakeADirectoryForAnObject) {
  const auto store = open();
  ASSERT_TRUE(store->put("a/b", as_bytes("x")));
  Buffer into(1);
  EXPECT_EQ(store->put("a", as_bytes("x")).error().kind(), Errc::conflict);
  EXPECT_EQ(store->create("a").error().kind(), Errc::conflict);
  EXPECT_EQ(store->put("a/b/c", as_bytes("x")).error().kind(), Errc::conflict);
  EXPECT_EQ(store->size("a").error().kind(), Errc::not_found);
  EXPECT_EQ(store->read("a", 0, into).error().kind(), Errc::not_found);
  EXPECT_EQ(store->remove("a").error().kind(), Errc::not_found);
  EXPECT_EQ(store->reopen("a").error().kind(), Errc::not_found);
}

TEST_F(DirectoryStore, LimitsItsOpenFiles) {
  const auto store = open(3);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(store->put(std::to_string(i), as_bytes(std::to_string(i))));
    EXPECT_EQ(text(*store, std::to_string(i)), std::to_string(i));
  }
  int open_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code vanished;
    const auto target = std::filesystem::read_symlink(entry.path(), vanished);
    open_files += target.native().starts_with(root_.native()) ? 1 : 0;
  }
  EXPECT_EQ(open_files, 3);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(text(*store, std::to_string(i)), std::to_string(i));
  }
}

TEST_F(DirectoryStore, ReadsAKeptFileWithOneOperation) {
  FailingDisk counted(disk_, -1, Errc::io);
  const auto store = open_directory(counted, root_).value();
  ASSERT_TRUE(store->put("a", as_bytes("alpha")));
  EXPECT_EQ(text(*store, "a"), "alpha");
  const int before = counted.operations();
  EXPECT_EQ(text(*store, "a"), "alpha");
  EXPECT_EQ(counted.operations(), before + 1);
}

TEST_F(DirectoryStore, AbandonsAnObjectWhoseSyncFailed) {
  bool ended = false;
  for (int n = 0; !ended; ++n) {
    FailingDisk failing(disk_, n, Errc::io);
    auto store = open_directory(failing, root_);
    auto writer =
        store ? store.value()->create(std::to_string(n)) : Result<std::unique_ptr<ObjectWriter>>(store.error());
    if (!writer || !writer.value()->write_at(as_bytes("alpha"), 0)) {
      continue;
    }
    if (writer.value()->sync()) {
      EXPECT_FALSE(failing.has_failed());
      ended = true;
    } else {
      EXPECT_FALSE(writer.value()->sync()) << "a later success would acknowledge what the system forgot";
    }
  }
}

TEST_F(DirectoryStore, PutsAllOrNothingWhicheverOperationFails) {
  for (const auto kind : {Errc::io, Errc::no_space}) {
    for (const bool from_then_on : {false, true}) {
      std::set<Name> acknowledged;
      bool passed_untouched = false;
      for (int n = 0; !passed_untouched; ++n) {
        const auto name = fmt::format("d{}/{}-{}-{}", n % 3, quaymaster::name(kind), from_then_on ? 1 : 0, n);
        {
          FailingDisk failing(disk_, n, kind, from_then_on);
          auto store = open_directory(failing, root_);
          const auto put = store ? store.value()->put(name, as_bytes("alpha")) : Result<>(store.error());
          if (put) {
            acknowledged.insert(name);
          } else {
            EXPECT_EQ(put.error().kind(), kind) << put.error().cause();
          }
          passed_untouched = !failing.has_failed();
        }
        const auto store = open();
        EXPECT_TRUE(std::filesystem::is_empty(root_ / ".unfinished"));
        const auto names = store->list("", "", 1000).value();
        for (const auto& whole : names) {
          EXPECT_EQ(text(*store, whole), "alpha") << whole;
        }
        for (const auto& kept : acknowledged) {
          EXPECT_EQ(text(*store, kept), "alpha") << kept;
        }
        ASSERT_LT(n, 100);
      }
      EXPECT_TRUE(passed_untouched);
      EXPECT_FALSE(acknowledged.empty());
    }
  }
}

TEST_F(DirectoryStore, ReportsEveryFailureOfItsOtherCalls) {
  ASSERT_TRUE(open()->put("a/b", as_bytes("x")));
  int failures = 0;
  bool passed_untouched = false;
  for (int n = 0; !passed_untouched; ++n) {
    FailingDisk failing(disk_, n, Errc::io);
    const auto use = [&]() -> Result<> {
      Buffer into(10);
      TRY(auto store, open_directory(failing, root_));
      TRY(store->read("a/b", 0, into));
      TRY(store->size("a/b"));
      TRY(const auto names, store->list("", "", 10));
      EXPECT_EQ(names, std::vector<Name>{"a/b"});
      TRY(store->free_bytes());
      TRY(auto writer, store->reopen("a/b"));
      TRY(writer->write_at(as_bytes("y"), 1));
      return writer->sync();
    };
    const auto used = use();
    passed_untouched = !failing.has_failed();
    EXPECT_EQ(used.has_value(), passed_untouched) << n;
    failures += used ? 0 : 1;
  }
  EXPECT_GT(failures, 8);
}

}  // namespace
}  // namespace quaymaster::objects
