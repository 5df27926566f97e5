#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace quaymaster {
namespace {

/// Counts live instances, so that a value destroyed twice or never is detected.
struct Counted {
  static inline int alive = 0;
  int number;
  explicit Counted(int n) : number(n) { ++alive; }
  Counted(const Counted& other) : number(other.number) { ++alive; }
  Counted(Counted&& other) noexcept : number(std::exchange(other.number, 0)) { ++alive; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { --alive; }
};

Result<Counted> make(int number) {
  if (number < 0) {
    return invalid("{} is negative", number);
  }
  return Counted(number);
}

TEST(Result, HoldsOneSideAndEndsWithIt) {
  {
    auto good = make(3);
    EXPECT_TRUE(good);
    EXPECT_TRUE(good.has_value());
    EXPECT_EQ(good.value().number, 3);
    const auto bad = make(-3);
    EXPECT_FALSE(bad);
    EXPECT_EQ(bad.error().kind(), Errc::invalid);
    EXPECT_EQ(bad.error().cause(), "-3 is negative");
    EXPECT_EQ(Counted::alive, 1);
    const Counted taken = std::move(good).value();
    EXPECT_EQ(taken.number, 3);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Result, IsAssignedFromEitherSideToEitherSide) {
  for (const int from : {5, -5}) {
    for (const int to : {7, -7}) {
      {
        const auto source = make(from);
        auto copied = make(to);
        copied = source;
        ASSERT_EQ(copied.has_value(), from > 0);
        EXPECT_EQ(copied ? copied.value().number : -1, from > 0 ? 5 : -1);
        auto moved = make(to);
        moved = std::move(copied);
        ASSERT_EQ(moved.has_value(), from > 0);
        auto& self = moved;
        moved = std::move(self);
        if (!moved) {
          EXPECT_EQ(moved.error().cause(), "-5 is negative");
        }
        Result<Counted> constructed(source);
        EXPECT_EQ(constructed.has_value(), source.has_value());
      }
      EXPECT_EQ(Counted::alive, 0);
    }
  }
}

TEST(Result, TakesWhatItsValueIsMadeOf) {
  const Result<std::string> text = "literal";
  EXPECT_EQ(text.value(), "literal");
  const Result<std::optional<int>> none = std::nullopt;
  EXPECT_FALSE(none.value());
  Result<std::unique_ptr<int>> only_moves = std::make_unique<int>(4);
  EXPECT_EQ(*std::move(only_moves).value(), 4);
  Result<> nothing = ok();
  EXPECT_TRUE(nothing);
  nothing = conflict("taken");
  EXPECT_EQ(nothing.error().kind(), Errc::conflict);
  nothing = ok();
  EXPECT_TRUE(nothing);
}

Result<int> doubled(int number) {
  TRY(const auto one, make(number));
  int two = 0;
  TRY(two, Result<int>(one.number * 2));
  TRY(Result<>(ok()));
  return two;
}

TEST(Result, TryPassesTheErrorOn) {
  EXPECT_EQ(doubled(4).value(), 8);
  EXPECT_EQ(doubled(-4).error().cause(), "-4 is negative");
  EXPECT_EQ(Counted::alive, 0);
}

TEST(ResultDeathTest, AccessingTheOtherSideAborts) {
  EXPECT_DEATH((void)make(-1).value(), "");
  EXPECT_DEATH((void)make(1).error(), "");
  EXPECT_DEATH(Result<>(io("gone")).value(), "");
  EXPECT_DEATH((void)Result<>(ok()).error(), "");
}

constexpr ErrorRow kRow{409, "Taken", "'{}' is taken; choose another than '{}'."};

TEST(Error, KeepsWhatItSaysWhenItIsCopiedAndMoved) {
  Error first = refuse(Errc::conflict, kRow, "a", 5).at("properties.name").with("details", "d");
  EXPECT_EQ(first.cause(), "'a' is taken; choose another than '5'.");
  Error second = first;
  Error third = std::move(first).because("create");
  EXPECT_EQ(third.cause(), "create: 'a' is taken; choose another than '5'.");
  EXPECT_EQ(second.cause(), "'a' is taken; choose another than '5'.");
  second = third;
  third = no_space("full");
  ASSERT_NE(second.published(), nullptr);
  EXPECT_EQ(second.published()->row, &kRow);
  EXPECT_EQ(second.published()->target, "properties.name");
  EXPECT_EQ(second.published()->extra.at(0).first, "details");
  EXPECT_EQ(third.published(), nullptr);
  EXPECT_EQ(third.kind(), Errc::no_space);
}

}  // namespace
}  // namespace quaymaster
