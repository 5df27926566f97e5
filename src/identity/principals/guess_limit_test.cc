#include "identity/principals/guess_limit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "identity/principals/network.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::identity {
namespace {

using namespace std::chrono_literals;

class GuessLimitTest : public testing::Test {
 protected:
  bool may(std::string_view client, std::string_view network) {
    return limit_.wait(client, network).left == Ticks::zero();
  }
  /// Sends wrong secrets until they are no longer checked; returns how many were.
  int guess(std::string_view client, std::string_view network, int most = 1000) {
    int looked_at = 0;
    while (looked_at < most && may(client, network)) {
      limit_.wrong(client, network);
      ++looked_at;
    }
    return looked_at;
  }

  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  GuessLimit limit_{clock_};
};

TEST_F(GuessLimitTest, ANetworkHasSomeAtOnceAndThenOneAPeriod) {
  EXPECT_EQ(guess("a", "192.0.2.1"), 20);
  EXPECT_EQ(limit_.wait("a", "192.0.2.1").left, Ticks(10s));
  EXPECT_FALSE(may("b", "192.0.2.1")) << "for another principal neither";
  EXPECT_FALSE(may("", "192.0.2.1")) << "nor for one that does not exist";
  clock_.advance(9s);
  EXPECT_FALSE(may("a", "192.0.2.1"));
  clock_.advance(1s);
  EXPECT_EQ(guess("a", "192.0.2.1"), 1);
  clock_.advance(24h);
  EXPECT_EQ(guess("a", "192.0.2.1"), 20) << "not more however long it waited";
}

TEST_F(GuessLimitTest, OthersAreNotLockedOut) {
  guess("a", "192.0.2.1");
  EXPECT_TRUE(may("a", "192.0.2.2"));
  for (int second = 0; second < 3600; ++second) {
    guess("a", "192.0.2.1");
    EXPECT_TRUE(may("a", "192.0.2.2")) << "one network alone never uses up what a principal has";
    clock_.advance(1s);
  }
}

TEST_F(GuessLimitTest, APrincipalIsGuessedAtFromEverywhereTogether) {
  limit_.right("a", "198.51.100.7");
  int looked_at = 0;
  for (int network = 0; network < 100; ++network) {
    looked_at += guess("a", fmt::format("192.0.2.{}", network));
  }
  EXPECT_EQ(looked_at, 100);
  EXPECT_FALSE(may("a", "203.0.113.1"));
  EXPECT_TRUE(may("b", "203.0.113.1"));
  EXPECT_TRUE(may("a", "198.51.100.7")) << "where it has signed in from";
  EXPECT_FALSE(may("b", "192.0.2.1"));
  clock_.advance(2s);
  EXPECT_EQ(guess("a", "203.0.113.1"), 1);
}

TEST_F(GuessLimitTest, TheFirstRefusalIsReported) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(limit_.wait("a", "192.0.2.1").first);
    limit_.wrong("a", "192.0.2.1");
  }
  EXPECT_TRUE(limit_.wait("a", "192.0.2.1").first);
  EXPECT_FALSE(limit_.wait("a", "192.0.2.1").first);
  limit_.wrong("a", "192.0.2.1");
  EXPECT_TRUE(limit_.wait("a", "192.0.2.1").first);
}

TEST_F(GuessLimitTest, MemoryIsBoundedAndTheWorstAreRemembered) {
  guess("", "192.0.2.1");
  for (int i = 0; i < 6000; ++i) {
    limit_.wrong("", network_of(fmt::format("2001:db8:{:x}::1", i)));
    limit_.right("a", network_of(fmt::format("2001:db8:{:x}::1", i)));
  }
  EXPECT_LE(limit_.networks(), GuessLimit::kMost);
  EXPECT_FALSE(may("", "192.0.2.1"));
}

TEST_F(GuessLimitTest, SettingTheClockBackDoesNotLengthenWaits) {
  guess("a", "192.0.2.1");
  clock_.advance(-Ticks(24h));
  EXPECT_LE(limit_.wait("a", "192.0.2.1").left, Ticks(10s));
  clock_.advance(10s);
  EXPECT_TRUE(may("a", "192.0.2.1"));
}

TEST(Network, IsAnAddressOrTheSixtyFourBitsOfASite) {
  EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(network_of("2001:db8:1:2:ffff::"), network_of("2001:db8:1:2::1"));
  EXPECT_EQ(network_of("fe80::1%eth0"), "fe80::");
  EXPECT_EQ(network_of("::1"), "::");
  EXPECT_EQ(network_of(""), "");
}

}  // namespace
}  // namespace quaymaster::identity
