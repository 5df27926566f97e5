#include <gtest/gtest.h>

#include <set>

#include "store/sqlite/open_sqlite.h"
#include "store/sqlite/sqlite_database.h"
#include "testing/store/failing_vfs.h"

namespace quaymaster::store {
namespace {

constexpr std::string_view kSteps[] = {
    "CREATE TABLE thing (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE pair (left_side INTEGER NOT NULL, right_side INTEGER NOT NULL) STRICT"};
constexpr Schema kSchemas[] = {{"things", kSteps}};

struct Fault {
  int code;
  bool from_then_on;
  Errc kind;
};

class SqliteFaults : public testing::TestWithParam<Fault> {
 protected:
  void SetUp() override {
    FailingVfs::install();
    FailingVfs::fail(-1, SQLITE_OK, false);
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override {
    FailingVfs::fail(-1, SQLITE_OK, false);
    std::filesystem::remove_all(directory_);
  }

  /// Opens, then writes ten changes of several pages each; remembers which were acknowledged.
  Result<> use() {
    SqliteOptions options;
    options.vfs = FailingVfs::kName;
    TRY(auto database, SqliteDatabase::open(path_, kSchemas, options));
    const Buffer bytes(20'000, 0x5A);
    for (int i = 0; i < 10; ++i) {
      const auto name = std::to_string(next_++);
      const auto written = database->write([&](Writer& w) -> Result<> {
        TRY(w.change("INSERT INTO pair (left_side, right_side) VALUES (1, 0)"));
        TRY(w.change("INSERT INTO thing (name, bytes) VALUES (?, ?)", name, bytes));
        TRY(w.change("INSERT INTO pair (left_side, right_side) VALUES (0, 1)"));
        return ok();
      });
      if (written) {
        acknowledged_.insert(name);
      } else {
        EXPECT_EQ(written.error().kind(), GetParam().kind) << written.error().cause();
        refused_.insert(name);
      }
    }
    return ok();
  }

  /// Checks that everything acknowledged is present, no change is partial, and the file is sound.
  void look(bool process_died) {
    FailingVfs::fail(-1, SQLITE_OK, false);
    auto opened = open_sqlite(path_, kSchemas);
    ASSERT_TRUE(opened) << opened.error().cause();
    std::set<std::string> found;
    ASSERT_TRUE(opened.value()->read([&](Reader& r) -> Result<> {
      TRY(r.each("SELECT name FROM thing", [&](const Row& row) -> Result<> {
        found.insert(std::string(row.text(0)));
        return ok();
      }));
      TRY(r.first("SELECT count(*), coalesce(sum(left_side), 0), coalesce(sum(right_side), 0) FROM pair",
                  [&](const Row& row) {
                    EXPECT_EQ(row.integer(0), 2 * static_cast<std::int64_t>(found.size()));
                    EXPECT_EQ(row.integer(1), row.integer(2));
                  }));
      TRY(r.first("PRAGMA integrity_check", [](const Row& row) { EXPECT_EQ(row.text(0), "ok"); }));
      return ok();
    }));
    for (const auto& name : acknowledged_) {
      EXPECT_TRUE(found.contains(name)) << "acknowledged and lost: " << name;
    }
    if (!process_died) {
      for (const auto& name : refused_) {
        EXPECT_FALSE(found.contains(name)) << "refused and there: " << name;
      }
    }
  }

  const Path directory_ = Path(testing::TempDir()) / fmt::format("qm-faults-{}", ::getpid());
  const Path path_ = directory_ / "records.db";
  int next_ = 0;
  std::set<std::string> acknowledged_;
  std::set<std::string> refused_;
};

TEST_P(SqliteFaults, AcknowledgesOnlyWhatStaysWhicheverOperationFails) {
  const auto [code, from_then_on, kind] = GetParam();
  bool passed_untouched = false;
  for (int n = 0; !passed_untouched; n = n < 40 ? n + 1 : n + 7) {
    FailingVfs::fail(n, code, from_then_on);
    const auto used = use();
    passed_untouched = !FailingVfs::has_failed();
    if (!used) {
      EXPECT_EQ(used.error().kind(), kind) << used.error().cause();
    }
    // On a disk that keeps failing, even the sync that would undo the last refused change fails.
    look(from_then_on);
    ASSERT_FALSE(HasFailure()) << "operation " << n;
    ASSERT_LT(n, 20'000);
  }
  EXPECT_FALSE(acknowledged_.empty());
  EXPECT_FALSE(refused_.empty());
}

INSTANTIATE_TEST_SUITE_P(Kinds, SqliteFaults,
                         testing::Values(Fault{SQLITE_IOERR, false, Errc::io}, Fault{SQLITE_IOERR, true, Errc::io},
                                         Fault{SQLITE_FULL, false, Errc::no_space},
                                         Fault{SQLITE_FULL, true, Errc::no_space}));

TEST_F(SqliteFaults, GoesOnOnceThereIsSpaceAgain) {
  SqliteOptions options;
  options.vfs = FailingVfs::kName;
  auto database = SqliteDatabase::open(path_, kSchemas, options).value();
  const auto write = [&](std::string_view name) {
    return database->write([&](Writer& w) -> Result<> {
      TRY(w.change("INSERT INTO thing (name, bytes) VALUES (?, ?)", name, Buffer(50'000)));
      return ok();
    });
  };
  ASSERT_TRUE(write("before"));
  FailingVfs::fail(0, SQLITE_FULL, true);
  EXPECT_EQ(write("full").error().kind(), Errc::no_space);
  EXPECT_EQ(write("still full").error().kind(), Errc::no_space);
  FailingVfs::fail(-1, SQLITE_OK, false);
  EXPECT_TRUE(write("after"));
  acknowledged_ = {"before", "after"};
  refused_ = {"full", "still full"};
  std::set<std::string> found;
  ASSERT_TRUE(database->read([&](Reader& r) {
    return r.each("SELECT name FROM thing", [&](const Row& row) -> Result<> {
      found.insert(std::string(row.text(0)));
      return ok();
    });
  }));
  EXPECT_EQ(found, acknowledged_);
}

}  // namespace
}  // namespace quaymaster::store
