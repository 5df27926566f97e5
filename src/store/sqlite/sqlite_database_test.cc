#include "store/sqlite/sqlite_database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/sqlite/open_sqlite.h"
#include "testing/store/database_conformance.h"
#include "testing/store/memory_database.h"

namespace quaymaster::store {
namespace {

Result<std::unique_ptr<Database>> open_repeating(std::span<const Schema> schemas) {
  return open_in_memory(schemas);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, DatabaseConformance, testing::Values(&open_in_memory_once));
INSTANTIATE_TEST_SUITE_P(Repeating, DatabaseConformance, testing::Values(&open_repeating));

/// Changes that wait while the writer's thread is held become one group.
class SqliteGroups : public testing::Test {
 protected:
  Database& db() { return *database_; }
  static Result<> insert(Writer& w, std::string_view name, std::int64_t number) {
    TRY(w.change("INSERT INTO thing (name, number) VALUES (?, ?)", name, number));
    return ok();
  }
  /// Blocks the writer's thread until release(), so that what is submitted meanwhile becomes one group.
  void hold_writer() {
    std::promise<void> holding;
    auto held = holding.get_future();
    db().submit(
        [this, &holding](Writer&) -> Result<> {
          holding.set_value();
          gate_.get_future().wait();
          return ok();
        },
        [](Result<>) {});
    held.wait();
  }
  void release_writer() { gate_.set_value(); }

 private:
  std::promise<void> gate_;
  std::unique_ptr<Database> database_ = open_in_memory_once(kThingSchemas).value();
};

TEST_F(SqliteGroups, FailsOneChangeOfAGroupAlone) {
  hold_writer();
  std::vector<std::promise<Result<>>> outcomes(9);
  for (int i = 0; i < 9; ++i) {
    db().submit(
        [i](Writer& w) -> Result<> {
          TRY(insert(w, std::to_string(i), i));
          if (i % 3 == 1) {
            return conflict("change {}", i);
          }
          return ok();
        },
        [&, i](Result<> result) { outcomes[static_cast<std::size_t>(i)].set_value(std::move(result)); });
  }
  release_writer();
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(outcomes[static_cast<std::size_t>(i)].get_future().get().has_value(), i % 3 != 1) << i;
  }
  std::int64_t rows = 0;
  ASSERT_TRUE(db().read([&](Reader& r) -> Result<> {
    TRY(r.first("SELECT count(*) FROM thing", [&](const Row& row) { rows = row.integer(0); }));
    return ok();
  }));
  EXPECT_EQ(rows, 6);
}

TEST_F(SqliteGroups, CommitsChangesThatWaitTogether) {
  const auto before = db().statistics();
  hold_writer();
  std::vector<std::promise<Result<>>> outcomes(100);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    db().submit([i](Writer& w) { return insert(w, std::to_string(i), 0); },
                [&, i](Result<> result) { outcomes[i].set_value(std::move(result)); });
  }
  release_writer();
  for (auto& outcome : outcomes) {
    EXPECT_TRUE(outcome.get_future().get());
  }
  const auto after = db().statistics();
  EXPECT_EQ(after.changes - before.changes, 101U);
  EXPECT_EQ(after.commits - before.commits, 2U) << "one for the change that held the writer, one for all others";
}

class SqliteFile : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Database> open(std::span<const std::string_view> steps) {
    const Schema schemas[] = {{"things", steps}};
    auto opened = open_sqlite(path_, schemas);
    EXPECT_TRUE(opened) << opened.error().cause();
    return opened ? std::move(opened).value() : nullptr;
  }
  Errc refusal(std::span<const std::string_view> steps) {
    const Schema schemas[] = {{"others", kOthers}, {"things", steps}};
    const auto opened = open_sqlite(path_, schemas);
    EXPECT_FALSE(opened);
    return opened ? Errc::io : opened.error().kind();
  }
  static std::string names(Database& database) {
    std::string all;
    EXPECT_TRUE(database.read([&](Reader& r) {
      return r.each("SELECT name FROM thing ORDER BY name", [&](const Row& row) -> Result<> {
        all += row.text(0);
        return ok();
      });
    }));
    return all;
  }
  static Result<> add(Database& database, std::string_view name) {
    return database.write([name = std::string(name)](Writer& w) -> Result<> {
      TRY(w.change("INSERT INTO thing (name) VALUES (?)", name));
      return ok();
    });
  }
  void write_file(std::string_view text) {
    SystemDisk disk;
    ASSERT_TRUE(replace_file(disk, path_, as_bytes(text)));
  }

  static constexpr std::string_view kOne[] = {"CREATE TABLE thing (name TEXT PRIMARY KEY) STRICT"};
  static constexpr std::string_view kTwo[] = {kOne[0], "ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7"};
  static constexpr std::string_view kOthers[] = {"CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT"};

  static constexpr std::string_view kPieces[] = {"CREATE TABLE piece (id INTEGER PRIMARY KEY, bytes BLOB) STRICT"};
  static constexpr Schema kBlobs[] = {{"pieces", kPieces}};

  const Path directory_ = Path(testing::TempDir()) / fmt::format("qm-store-{}", ::getpid());
  const Path path_ = directory_ / "deep" / "records.db";
};

TEST_F(SqliteFile, KeepsWhatWasWritten) {
  ASSERT_TRUE(add(*open(kOne), "a"));
  ASSERT_TRUE(add(*open(kOne), "b"));
  EXPECT_EQ(names(*open(kOne)), "ab");
}

// doc/formats/records.md, Example.
TEST_F(SqliteFile, LooksAsItsPageSays) {
  const auto database = open(kOne);
  std::string seen;
  ASSERT_TRUE(database->read([&](Reader& r) -> Result<> {
    TRY(r.first("PRAGMA application_id", [&](const Row& row) { seen += fmt::format("{}\n", row.integer(0)); }));
    return r.each("SELECT owner, version FROM schema_version", [&](const Row& row) -> Result<> {
      seen += fmt::format("{}|{}\n", row.text(0), row.integer(1));
      return ok();
    });
  }));
  EXPECT_EQ(seen, "1364022100\nthings|1\n");
}

TEST_F(SqliteFile, IsForItsOwnerOnly) {
  const auto database = open(kOne);
  ASSERT_TRUE(add(*database, "a"));
  for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat status{};
    ASSERT_EQ(::stat((path_.native() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << suffix;
  }
}

TEST_F(SqliteFile, TakesTablesFromOneVersionToTheNext) {
  ASSERT_TRUE(add(*open(kOne), "a"));
  const auto database = open(kTwo);
  std::int64_t size = 0;
  ASSERT_TRUE(database->read([&](Reader& r) -> Result<> {
    TRY(r.first("SELECT size FROM thing", [&](const Row& row) { size = row.integer(0); }));
    return ok();
  }));
  EXPECT_EQ(size, 7);
}

TEST_F(SqliteFile, RefusesTablesOfANewerVersionAndLeavesThem) {
  open(kTwo).reset();
  EXPECT_EQ(refusal(kOne), Errc::unsupported);
  const auto database = open(kTwo);
  // No tables were created for the owner that precedes the one that is too new.
  ASSERT_TRUE(database->read([](Reader& r) {
    return r.each("SELECT name FROM sqlite_schema WHERE name = 'other'",
                  [](const Row&) -> Result<> { return corrupt("made"); });
  }));
}

TEST_F(SqliteFile, TakesAllStepsOrNone) {
  static constexpr std::string_view kBroken[] = {kOne[0], "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT",
                                                 "CREATE TABLE thing (again TEXT) STRICT"};
  ASSERT_TRUE(add(*open(kOne), "a"));
  EXPECT_EQ(refusal(kBroken), Errc::io);
  const auto database = open(kTwo);
  EXPECT_EQ(names(*database), "a");
  ASSERT_TRUE(database->read([](Reader& r) {
    return r.each("SELECT name FROM sqlite_schema WHERE name IN ('more', 'other')",
                  [](const Row&) -> Result<> { return corrupt("made"); });
  }));
}

TEST_F(SqliteFile, IsOpenOnceAtATime) {
  auto database = open(kOne);
  EXPECT_EQ(refusal(kOne), Errc::busy);
  ASSERT_TRUE(add(*database, "a"));
  database.reset();
  EXPECT_EQ(names(*open(kOne)), "a");
}

TEST_F(SqliteFile, RefusesWhatIsNoDatabaseOfOurs) {
  SystemDisk disk;
  ASSERT_TRUE(disk.make_directories(path_.parent_path()));
  write_file(std::string(8192, 'x'));
  EXPECT_EQ(refusal(kOne), Errc::corrupt);

  std::filesystem::remove(path_);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE bookmarks (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_EQ(refusal(kOne), Errc::corrupt);
}

TEST_F(SqliteFile, FinishesWhatWasSubmittedBeforeItGoes) {
  auto database = open(kOne);
  std::atomic<int> done{0};
  for (int i = 0; i < 200; ++i) {
    database->submit(
        [i](Writer& w) -> Result<> {
          TRY(w.change("INSERT INTO thing (name) VALUES (?)", std::to_string(i)));
          return ok();
        },
        [&](Result<> result) { done += result ? 1 : 0; });
  }
  database.reset();
  EXPECT_EQ(done, 200);
}

TEST_F(SqliteFile, KeepsItsLogShortBesideReadersThatNeverPause) {
  const auto database = open_in_memory_once(kBlobs).value();
  std::string file;
  ASSERT_TRUE(database->read([&](Reader& r) -> Result<> {
    TRY(r.first("PRAGMA database_list", [&](const Row& row) { file = row.text(2); }));
    return ok();
  }));
  std::atomic<bool> ending{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!ending) {
        EXPECT_TRUE(database->read([](Reader& r) -> Result<> {
          TRY(r.first("SELECT count(*) FROM piece", [](const Row&) {}));
          return ok();
        }));
      }
    });
  }
  const Buffer piece(100'000);
  for (int i = 0; i < 1500; ++i) {
    ASSERT_TRUE(database->write([&](Writer& w) -> Result<> {
      TRY(w.change("INSERT INTO piece (id, bytes) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes",
                   i % 10, piece));
      return ok();
    }));
  }
  ending = true;
  for (auto& reader : readers) {
    reader.join();
  }
  // 150 MB were written through it.
  EXPECT_LT(std::filesystem::file_size(file + "-wal"), 60'000'000U);
}

TEST_F(SqliteFile, AReaderThatTakesLongHoldsUpNoWriter) {
  const Schema schemas[] = {{"pieces", kPieces}};
  auto database = SqliteDatabase::open(path_, schemas, {nullptr, false, {}}).value();
  const auto add = [&](int id) {
    const Buffer bytes(kMiB, 7);
    const double begin = steady_seconds();
    EXPECT_TRUE(database->write([&](Writer& w) -> Result<> {
      TRY(w.change("INSERT INTO piece (id, bytes) VALUES (?, ?)", id, bytes));
      return ok();
    }));
    return steady_seconds() - begin;
  };
  add(0);
  double longest = 0;
  ASSERT_TRUE(database->read([&](Reader& reader) -> Result<> {
    TRY(reader.first("SELECT id FROM piece", [](const Row&) {}));
    for (int id = 1; id <= 60; ++id) {  // twice as many pages as force the log to restart
      longest = std::max(longest, add(id));
    }
    return ok();
  }));
  EXPECT_LT(longest, 5) << "it was ten seconds";
}

TEST_F(SqliteFile, AcknowledgesNothingOnceItsDirectoryIsGone) {
  auto database = open(kOne);
  ASSERT_TRUE(add(*database, "kept"));
  const auto moved = directory_.native() + "-moved";
  std::filesystem::rename(directory_, moved);
  for (int i = 0; i < 3; ++i) {
    const auto lost = add(*database, fmt::format("lost{}", i));
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind(), Errc::io);
    EXPECT_NE(lost.error().cause().find("removed, moved or unmounted"), std::string::npos) << lost.error().cause();
  }
  std::filesystem::rename(moved, directory_);
  EXPECT_TRUE(add(*database, "again")) << "it is back";
}

TEST_F(SqliteFile, AsksForRoomBeforeEachCommit) {
  const Schema schemas[] = {{"things", kOne}};
  std::atomic<int> asked = 0;
  auto database = SqliteDatabase::open(path_, schemas, {nullptr, true, [&] { ++asked; }}).value();
  EXPECT_EQ(asked, 0);
  ASSERT_TRUE(add(*database, "a"));
  ASSERT_TRUE(add(*database, "b"));
  EXPECT_EQ(asked, 2);
}

TEST_F(SqliteFile, InMemoryOfAProcessThatDiedIsRemovedByTheNextOne) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto path_of = [](Database& database) {
    std::string path;
    EXPECT_TRUE(database.read([&](Reader& r) -> Result<> {
      TRY(r.first("PRAGMA database_list", [&](const Row& row) { path = row.text(2); }));
      return ok();
    }));
    return path;
  };
  const auto child = ::fork();
  if (child == 0) {
    const auto database = open_in_memory_once(kBlobs).value();
    const auto path = path_of(*database);
    ::_exit(::write(ends[1], path.data(), path.size()) == static_cast<ssize_t>(path.size()) ? 0 : 1);
  }
  ASSERT_GT(child, 0);
  char text[4096];
  const auto size = ::read(ends[0], text, sizeof text);
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_GT(size, 0);
  const Path left = std::string(text, static_cast<std::size_t>(size));
  EXPECT_TRUE(std::filesystem::exists(left));
  const auto mine = open_in_memory_once(kBlobs).value();
  const auto other = open_in_memory_once(kBlobs).value();
  EXPECT_FALSE(std::filesystem::exists(left.parent_path()));
  EXPECT_TRUE(std::filesystem::exists(path_of(*mine))) << "its process lives";
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace quaymaster::store
