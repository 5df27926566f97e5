#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <limits>
#include <thread>

#include "store/database.h"

/// What every implementation of store::Database must satisfy. In a test file of the implementation:
///
///   INSTANTIATE_TEST_SUITE_P(Sqlite, DatabaseConformance, testing::Values(&open_in_memory_once));
///
/// The parameter opens an empty database with the given tables.
namespace quaymaster::store {

using OpenEmpty = Result<std::unique_ptr<Database>> (*)(std::span<const Schema>);

inline constexpr std::string_view kThingSteps[] = {
    "CREATE TABLE thing (name TEXT PRIMARY KEY, number INTEGER NOT NULL CHECK (number > -100)) STRICT;"
    "CREATE TABLE value (id INTEGER PRIMARY KEY, number INTEGER, words TEXT, bytes BLOB) STRICT;"};
inline constexpr Schema kThingSchemas[] = {{"things", kThingSteps}};

class DatabaseConformance : public testing::TestWithParam<OpenEmpty> {
 protected:
  void SetUp() override {
    auto opened = GetParam()(std::span<const Schema>(kThingSchemas));  // otherwise the array decays with g++ 12
    ASSERT_TRUE(opened) << opened.error().cause();
    database_ = std::move(opened).value();
  }

  Database& db() { return *database_; }

  Result<> put(std::string_view name, std::int64_t number) {
    return db().write([name = std::string(name), number](Writer& w) { return insert(w, name, number); });
  }
  static Result<> insert(Writer& w, std::string_view name, std::int64_t number) {
    TRY(w.change("INSERT INTO thing (name, number) VALUES (?, ?)", name, number));
    return ok();
  }
  std::int64_t count() {
    std::int64_t rows = -1;
    const auto read = db().read([&](Reader& r) -> Result<> {
      TRY(r.first("SELECT count(*) FROM thing", [&](const Row& row) { rows = row.integer(0); }));
      return ok();
    });
    EXPECT_TRUE(read);
    return rows;
  }

 private:
  std::unique_ptr<Database> database_;
};

TEST_P(DatabaseConformance, ShowsAChangeOnceItsWriteHasReturned) {
  ASSERT_TRUE(put("a", 1));
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseConformance, LeavesNothingOfAChangeThatFails) {
  const auto written = db().write([](Writer& w) -> Result<> {
    TRY(insert(w, "a", 1));
    TRY(insert(w, "b", 2));
    return precondition("no");
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind(), Errc::precondition);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseConformance, ReadsIdsInBothForms) {
  const auto id = parse_guid("01234567-89ab-cdef-0123-456789abcdef").value();
  ASSERT_TRUE(db().write([&](Writer& w) -> Result<> {
    constexpr auto sql = "INSERT INTO value (id, words, bytes) VALUES (?, ?, ?)";
    TRY(w.change(sql, 1, id.text(), Bytes(id.bytes)));
    TRY(w.change(sql, 2, "01234567", Bytes(id.bytes).first(15)));
    TRY(w.change(sql, 3, nullptr, nullptr));
    return ok();
  }));
  int rows = 0;
  ASSERT_TRUE(db().read([&](Reader& r) {
    return r.each("SELECT words, bytes FROM value ORDER BY id", [&](const Row& row) -> Result<> {
      if (++rows == 1) {
        EXPECT_EQ(row.guid(0).value(), id);
        EXPECT_EQ(row.blob_guid(1).value(), id);
      } else {
        EXPECT_EQ(row.guid(0).error().kind(), Errc::corrupt);
        EXPECT_EQ(row.blob_guid(1).error().kind(), Errc::corrupt);
      }
      return ok();
    });
  }));
  EXPECT_EQ(rows, 3);
}

TEST_P(DatabaseConformance, RoundTripsEveryKindOfValue) {
  const std::string words = "\u00e9\u4e2d\U0001f600";
  const Buffer bytes{0, 255, 0, 7};
  ASSERT_TRUE(db().write([&](Writer& w) -> Result<> {
    constexpr auto sql = "INSERT INTO value (id, number, words, bytes) VALUES (?, ?, ?, ?)";
    TRY(w.change(sql, 1, std::numeric_limits<std::int64_t>::min(), words, bytes));
    TRY(w.change(sql, 2, std::numeric_limits<std::int64_t>::max(), "", Bytes{}));
    TRY(w.change(sql, 3, nullptr, std::optional<std::string>{}, std::optional<Buffer>{}));
    TRY(w.change(sql, 4, Time{Ticks{17}}, std::string_view{}, Buffer{}));
    return ok();
  }));
  int rows = 0;
  ASSERT_TRUE(db().read([&](Reader& r) {
    return r.each("SELECT id, number, words, bytes FROM value ORDER BY id", [&](const Row& row) -> Result<> {
      ++rows;
      switch (row.integer(0)) {
        case 1:
          EXPECT_EQ(row.integer(1), std::numeric_limits<std::int64_t>::min());
          EXPECT_EQ(row.text(2), words);
          EXPECT_EQ(Buffer(row.blob(3).begin(), row.blob(3).end()), bytes);
          break;
        case 2:
          EXPECT_EQ(row.integer(1), std::numeric_limits<std::int64_t>::max());
          EXPECT_FALSE(row.is_null(2));
          EXPECT_EQ(row.text(2), "");
          EXPECT_FALSE(row.is_null(3));
          EXPECT_TRUE(row.blob(3).empty());
          break;
        case 3:
          EXPECT_TRUE(row.is_null(1) && row.is_null(2) && row.is_null(3));
          EXPECT_EQ(row.text(2), "");
          break;
        default:
          EXPECT_EQ(row.time(1), Time{Ticks{17}});
          EXPECT_FALSE(row.is_null(2));
          EXPECT_FALSE(row.is_null(3));
      }
      return ok();
    });
  }));
  EXPECT_EQ(rows, 4);
}

TEST_P(DatabaseConformance, DistinguishesATakenKeyFromABrokenRule) {
  ASSERT_TRUE(put("a", 1));
  EXPECT_EQ(put("a", 2).error().kind(), Errc::conflict);
  EXPECT_EQ(put("b", -100).error().kind(), Errc::invalid);
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseConformance, EndsAChangeWithTheErrorOfAStatement) {
  ASSERT_TRUE(put("a", 1));
  const auto ignored = db().write([](Writer& w) -> Result<> {
    EXPECT_EQ(insert(w, "a", 3).error().kind(), Errc::conflict);
    EXPECT_EQ(insert(w, "b", 3).error().kind(), Errc::conflict) << "the change has failed already";
    EXPECT_EQ(w.first("SELECT 1", [](const Row&) { ADD_FAILURE(); }).error().kind(), Errc::conflict);
    EXPECT_EQ(w.each("SELECT 1", [](const Row&) { return ok(); }).error().kind(), Errc::conflict);
    return ok();
  });
  ASSERT_FALSE(ignored);
  EXPECT_EQ(ignored.error().kind(), Errc::conflict);
  EXPECT_EQ(db().write([](Writer& w) -> Result<> {
                  EXPECT_FALSE(insert(w, "a", 3));
                  return precondition("the change's own");
                })
                .error()
                .kind(),
            Errc::precondition);
  EXPECT_TRUE(db().write([](Writer& w) -> Result<> {
    // An error of a row is the change's own.
    EXPECT_EQ(w.each("SELECT 1", [](const Row&) -> Result<> { return cancelled("enough"); }).error().kind(),
              Errc::cancelled);
    return insert(w, "c", 3);
  }));
  EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseConformance, RefusesTextThatIsNoText) {
  const std::string bad[] = {std::string("with\0zero", 9), "\xff", "\xc3", "\xed\xa0\x80"};
  for (const auto& text : bad) {
    EXPECT_EQ(put(text, 1).error().kind(), Errc::invalid);
    EXPECT_EQ(db().read([&](Reader& r) -> Result<> {
                    TRY(r.first("SELECT number FROM thing WHERE name = ?", [](const Row&) {}, text));
                    return ok();
                  })
                  .error()
                  .kind(),
              Errc::invalid);
    EXPECT_TRUE(db().write([&](Writer& w) -> Result<> {
      TRY(w.change("INSERT INTO value (bytes) VALUES (?)", as_bytes(text)));
      return ok();
    }));
  }
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseConformance, FailsAChangeThatDoesNotMeetItsExpectation) {
  const auto set = [this](const char* name, std::int64_t rows) {
    return db().write([=](Writer& w) -> Result<> {
      TRY(insert(w, "other", 0));
      TRY(w.expect(rows, Errc::busy, "UPDATE thing SET number = 7 WHERE name = ?", name));
      return ok();
    });
  };
  ASSERT_TRUE(put("a", 1));
  EXPECT_EQ(set("nobody", 1).error().kind(), Errc::busy);
  EXPECT_EQ(set("a", 0).error().kind(), Errc::busy);
  EXPECT_EQ(count(), 1) << "nothing of it is left";
  EXPECT_EQ(db().write([](Writer& w) -> Result<> {
                  static_cast<void>(w.expect(1, Errc::precondition, "DELETE FROM thing WHERE name = 'nobody'"));
                  return ok();
                })
                .error()
                .kind(),
            Errc::precondition)
      << "even if the change does not look";
  EXPECT_TRUE(set("a", 1));
}

TEST_P(DatabaseConformance, NotifiesOnceWhatIsDurable) {
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto hear = [&](std::string_view what) {
    const std::lock_guard lock(mutex);
    heard.push_back(fmt::format("{} {}", what, count()));
  };
  const auto change = [this](Result<> outcome) {
    return db().write([outcome = std::move(outcome)](Writer& w) -> Result<> {
      w.notify(Topic::job_end, "one");
      w.notify(Topic::job, "other");
      TRY(w.change("INSERT INTO thing (name, number) VALUES ('a', 1)"));
      return outcome;
    });
  };
  auto listening = db().listen(Topic::job_end, hear);
  EXPECT_FALSE(change(precondition("no")));
  EXPECT_TRUE(heard.empty());
  EXPECT_TRUE(change(ok()));
  EXPECT_EQ(heard, std::vector<std::string>{"one 1"});
  listening.reset();
  ASSERT_TRUE(db().write([](Writer& w) -> Result<> {
    w.notify(Topic::job_end, "two");
    return ok();
  }));
  EXPECT_EQ(heard.size(), 1U);
}

TEST_P(DatabaseConformance, HasANewVersionOnceAChangeIsSeenIfItHasVersions) {
  const auto before = db().version();
  ASSERT_TRUE(put("a", 1));
  const auto after = db().version();
  EXPECT_EQ(before.has_value(), after.has_value());
  EXPECT_TRUE(!after || *after > *before);
}

TEST_P(DatabaseConformance, ReadsRowsForTheirChange) {
  ASSERT_TRUE(put("a", 1));
  ASSERT_TRUE(db().write([](Writer& w) -> Result<> {
    for (int i = 0; i < 2; ++i) {
      TRY(const bool shared, w.first("SELECT number FROM thing WHERE name = ? FOR SHARE", [](const Row&) {}, "a"));
      TRY(const bool alone, w.first("SELECT number FROM thing WHERE name = ? FOR UPDATE", [](const Row&) {}, "b"));
      EXPECT_TRUE(shared && !alone);
    }
    return ok();
  }));
}

TEST_P(DatabaseConformance, RunsChangesUnderKeysAsIfAlone) {
  ASSERT_TRUE(put("sum", 0));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 25; ++i) {
        Keys keys;
        keys.shared("things").alone("things/sum");
        EXPECT_TRUE(db().write(std::move(keys), [](Writer& w) -> Result<> {
          std::int64_t sum = 0;
          TRY(w.first("SELECT number FROM thing WHERE name = 'sum'", [&](const Row& row) { sum = row.integer(0); }));
          return w.expect(1, Errc::conflict, "UPDATE thing SET number = ? WHERE name = 'sum'", sum + 1);
        }));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  ASSERT_TRUE(db().read([&](Reader& r) -> Result<> {
    TRY(r.first("SELECT number FROM thing WHERE name = 'sum'", [](const Row& row) { EXPECT_EQ(row.integer(0), 100); }));
    return ok();
  }));
}

TEST_P(DatabaseConformance, AnswersWhatAnUpdateReturns) {
  ASSERT_TRUE(put("a", 1));
  std::int64_t returned = 0;
  ASSERT_TRUE(db().write([&](Writer& w) -> Result<> {
    TRY(const bool some, w.first(
                             "UPDATE thing SET number = number + 1 WHERE name = ? RETURNING number",
                             [&](const Row& row) { returned = row.integer(0); }, "a"));
    EXPECT_TRUE(some);
    TRY(const auto none, w.change("UPDATE thing SET number = 0 WHERE name = ?", "nobody"));
    EXPECT_EQ(none, 0);
    TRY(const auto one, w.change("UPDATE thing SET number = number + 1 WHERE name = ?", "a"));
    EXPECT_EQ(one, 1);
    return ok();
  }));
  EXPECT_EQ(returned, 2);
}

TEST_P(DatabaseConformance, EndsAQueryWithTheErrorOfItsRow) {
  ASSERT_TRUE(put("a", 1));
  ASSERT_TRUE(put("b", 2));
  int seen = 0;
  const auto read = db().read([&](Reader& r) {
    return r.each("SELECT name FROM thing", [&](const Row&) -> Result<> {
      ++seen;
      return cancelled("enough");
    });
  });
  EXPECT_EQ(read.error().kind(), Errc::cancelled);
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(count(), 2) << "the connection is as good as before";
}

TEST_P(DatabaseConformance, RunsAStatementInsideItsOwnRows) {
  ASSERT_TRUE(put("a", 1));
  ASSERT_TRUE(put("b", 2));
  constexpr auto sql = "SELECT name FROM thing ORDER BY name";
  std::string seen;
  ASSERT_TRUE(db().read([&](Reader& r) {
    return r.each(sql, [&](const Row& outer) -> Result<> {
      seen += outer.text(0);
      return r.each(sql, [&](const Row& inner) -> Result<> {
        seen += inner.text(0);
        return ok();
      });
    });
  }));
  EXPECT_EQ(seen, "aabbab");
}

TEST_P(DatabaseConformance, RefusesToWriteInARead) {
  EXPECT_FALSE(db().read([](Reader& r) {
    return r.each("INSERT INTO thing (name, number) VALUES ('a', 1)", [](const Row&) -> Result<> { return ok(); });
  }));
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseConformance, ActsAfterTheCommitAndBeforeDone) {
  std::string order;
  std::promise<void> done;
  db().submit(
      [&](Writer& w) -> Result<> {
        w.after_commit([&] { order += count() == 1 ? "visible " : "early "; });
        return insert(w, "a", 1);
      },
      [&](Result<>) {
        order += "done";
        done.set_value();
      });
  done.get_future().wait();
  EXPECT_EQ(order, "visible done");

  bool acted = false;
  EXPECT_FALSE(db().write([&](Writer& w) -> Result<> {
    w.after_commit([&] { acted = true; });
    return insert(w, "a", 1);
  }));
  EXPECT_FALSE(acted);
}

TEST_P(DatabaseConformance, AChangeThatThrowsHasFailedAndNothingElse) {
  const auto thrown = db().write([](Writer& w) -> Result<> {
    TRY(insert(w, "a", 1));
    throw std::runtime_error("surprise");
  });
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().kind(), Errc::io);
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(db().write([](Writer& w) -> Result<> {
    w.after_commit([] { throw std::runtime_error("surprise"); });
    return insert(w, "b", 1);
  }));
  std::promise<void> told;
  db().submit([](Writer& w) { return insert(w, "c", 1); },
              [&](Result<>) {
                told.set_value();
                throw std::runtime_error("surprise");
              });
  told.get_future().wait();
  ASSERT_TRUE(put("d", 1));
  EXPECT_EQ(count(), 3);
}

TEST_P(DatabaseConformance, LosesNoIncrementOfManyThreads) {
  ASSERT_TRUE(put("sum", 0));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(db().write([](Writer& w) -> Result<> {
          std::int64_t sum = 0;
          TRY(w.first("SELECT number FROM thing WHERE name = 'sum'", [&](const Row& row) { sum = row.integer(0); }));
          TRY(w.change("UPDATE thing SET number = ? WHERE name = 'sum'", sum + 1));
          return ok();
        }));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::int64_t sum = 0;
  ASSERT_TRUE(db().read([&](Reader& r) -> Result<> {
    TRY(r.first("SELECT number FROM thing WHERE name = 'sum'", [&](const Row& row) { sum = row.integer(0); }));
    return ok();
  }));
  EXPECT_EQ(sum, 400);
}

TEST_P(DatabaseConformance, ReadsOneStateHoweverMuchIsWritten) {
  ASSERT_TRUE(put("left", 0));
  ASSERT_TRUE(put("right", 0));
  std::atomic<bool> ending{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!ending) {
        EXPECT_TRUE(db().read([](Reader& r) -> Result<> {
          std::int64_t left = -1;
          std::int64_t right = -2;
          TRY(r.first("SELECT number FROM thing WHERE name = 'left'", [&](const Row& row) { left = row.integer(0); }));
          std::this_thread::yield();  // so that commits happen between the two reads
          TRY(r.first("SELECT number FROM thing WHERE name = 'right'",
                      [&](const Row& row) { right = row.integer(0); }));
          EXPECT_EQ(left, right);
          return ok();
        }));
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    EXPECT_TRUE(db().write([i](Writer& w) -> Result<> {
      TRY(w.change("UPDATE thing SET number = ? WHERE name = 'left'", i));
      TRY(w.change("UPDATE thing SET number = ? WHERE name = 'right'", i));
      return ok();
    }));
  }
  ending = true;
  for (auto& reader : readers) {
    reader.join();
  }
}

}  // namespace quaymaster::store
