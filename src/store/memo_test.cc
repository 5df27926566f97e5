#include "store/memo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/check.h"
#include "testing/store/memory_database.h"

namespace quaymaster::store {
namespace {

constexpr std::string_view kSteps[] = {"CREATE TABLE numbers (name TEXT PRIMARY KEY, number INTEGER NOT NULL)"};

class MemoTest : public testing::Test {
 protected:
  MemoTest() {
    const Schema schemas[] = {{"memo", kSteps}};
    database = open_in_memory_once(schemas).value();
    put("a", 1);
  }

  void put(const char* name, std::int64_t number) {
    EXPECT_TRUE(database->write([=](Writer& writer) -> Result<> {
      TRY(writer.change("INSERT INTO numbers VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET number = excluded.number",
                        name, number));
      return ok();
    }));
  }

  Result<std::int64_t> get(Memo<std::int64_t>& memo, const std::string& name) {
    auto value = memo.get(name, [&](Reader& reader) -> Result<std::int64_t> {
      ++reads;
      std::int64_t number = 0;
      TRY(const bool found,
          reader.first(
              "SELECT number FROM numbers WHERE name = ?", [&](const Row& row) { number = row.integer(0); }, name));
      if (!found) {
        return not_found("no {}", name);
      }
      return number;
    });
    TRY(const auto known, std::move(value));
    return *known;
  }

  std::unique_ptr<Database> database;
  std::atomic<int> reads{0};
};

TEST_F(MemoTest, ReadsOnceWhileNothingIsCommitted) {
  Memo<std::int64_t> memo(*database);
  EXPECT_EQ(get(memo, "a").value(), 1);
  EXPECT_EQ(get(memo, "a").value(), 1);
  EXPECT_EQ(reads, 1);
}

TEST_F(MemoTest, SeesEveryWriteThatHasReturned) {
  Memo<std::int64_t> memo(*database);
  for (std::int64_t number = 2; number < 50; ++number) {
    put("a", number);
    EXPECT_EQ(get(memo, "a").value(), number);
  }
}

TEST_F(MemoTest, KeepsNoErrors) {
  Memo<std::int64_t> memo(*database);
  EXPECT_EQ(get(memo, "b").error().kind(), Errc::not_found);
  EXPECT_EQ(get(memo, "b").error().kind(), Errc::not_found);
  EXPECT_EQ(reads, 2);
  put("b", 7);
  EXPECT_EQ(get(memo, "b").value(), 7);
}

TEST_F(MemoTest, HoldsNoMoreThanItMay) {
  Memo<std::int64_t> memo(*database, 1);
  put("b", 2);
  EXPECT_EQ(get(memo, "a").value(), 1);
  EXPECT_EQ(get(memo, "b").value(), 2);
  EXPECT_EQ(get(memo, "b").value(), 2);
  EXPECT_EQ(get(memo, "a").value(), 1);
  EXPECT_EQ(reads, 3);
}

TEST_F(MemoTest, NeverGoesBackForAReaderBesideAWriter) {
  Memo<std::int64_t> memo(*database);
  std::atomic<std::int64_t> written{1};
  std::vector<std::jthread> readers;
  std::atomic<bool> wrong{false};
  for (int n = 0; n < 3; ++n) {
    readers.emplace_back([&](std::stop_token stop) {
      while (!stop.stop_requested()) {
        const auto before = written.load();
        if (get(memo, "a").value() < before) {
          wrong = true;
        }
      }
    });
  }
  for (std::int64_t number = 2; number < 300; ++number) {
    put("a", number);
    written = number;
  }
  readers.clear();
  EXPECT_FALSE(wrong);
}

}  // namespace
}  // namespace quaymaster::store
