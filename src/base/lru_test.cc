#include "base/lru.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace quaymaster {
namespace {

using Values = std::vector<std::string>;

TEST(Lru, EvictsTheLeastRecentlyUsed) {
  Lru<std::string, std::string> recent(3);
  EXPECT_EQ(recent.put("a", "A"), Values{});
  EXPECT_EQ(recent.put("b", "B"), Values{});
  EXPECT_EQ(recent.put("c", "C"), Values{});
  EXPECT_EQ(*recent.find("a"), "A");
  EXPECT_EQ(recent.put("d", "D"), Values{"B"});
  EXPECT_EQ(recent.find("b"), nullptr);
  EXPECT_EQ(recent.put("e", "E"), Values{"C"});
  EXPECT_EQ(recent.size(), 3U);
  EXPECT_EQ(*recent.find("a"), "A");
}

TEST(Lru, CountsWeights) {
  Lru<int, std::string> recent(10);
  recent.put(1, "four", 4);
  recent.put(2, "five", 5);
  EXPECT_EQ(recent.put(3, "one", 1), Values{});
  EXPECT_EQ(recent.weight(), 10U);
  EXPECT_EQ(recent.put(4, "six", 6), (Values{"four", "five"}));
  EXPECT_EQ(recent.weight(), 7U);
}

TEST(Lru, KeepsTheNewestHoweverHeavyItIs) {
  Lru<int, std::string> recent(10);
  recent.put(1, "small", 1);
  EXPECT_EQ(recent.put(2, "huge", 1000), Values{"small"});
  EXPECT_EQ(*recent.find(2), "huge");
  EXPECT_EQ(recent.put(3, "small again", 1), Values{"huge"});
  EXPECT_EQ(recent.weight(), 1U);
  Lru<int, std::string> none(0);
  none.put(1, "a");
  EXPECT_EQ(none.put(2, "b"), Values{"a"});
}

TEST(Lru, KeepsWhatItHasUnderAKey) {
  Lru<int, std::string> recent(10);
  recent.put(1, "first", 3);
  EXPECT_EQ(recent.put(1, "second", 9), Values{"second"});
  EXPECT_EQ(*recent.find(1), "first");
  EXPECT_EQ(recent.weight(), 3U);
}

TEST(Lru, RemovesOneAndAll) {
  Lru<std::string, std::unique_ptr<int>> recent(10);
  recent.put("a", std::make_unique<int>(1), 2);
  recent.put("b", std::make_unique<int>(2), 3);
  recent.put("c", std::make_unique<int>(3), 4);
  EXPECT_EQ(**recent.remove("b"), 2);
  EXPECT_EQ(recent.remove("b"), std::nullopt);
  EXPECT_EQ(recent.weight(), 6U);
  const auto rest = recent.clear();
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(*rest[0] + *rest[1], 4);
  EXPECT_EQ(recent.weight(), 0U);
  EXPECT_EQ(recent.find("a"), nullptr);
  EXPECT_EQ(recent.put("a", std::make_unique<int>(9)).size(), 0U);
  EXPECT_EQ(**recent.find("a"), 9);
}

TEST(Lru, StaysWithinItsLimit) {
  Lru<std::uint64_t, std::string> recent(1000);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    recent.put(i, std::to_string(i), 1 + i % 7);
    ASSERT_LE(recent.weight(), 1000U);
    ASSERT_EQ(*recent.find(i), std::to_string(i));
    recent.find(i - 100);
  }
  EXPECT_GT(recent.weight(), 990U);
}

}  // namespace
}  // namespace quaymaster
