#include "http/server/admission.h"

#include <gtest/gtest.h>

#include <vector>

namespace quaymaster::http {
namespace {

constexpr std::size_t kPlaces = 6;
constexpr std::size_t kShare = 4;

class AdmissionTest : public testing::Test {
 protected:
  std::shared_ptr<Guest> enter(std::string_view peer, double now) {
    auto entry = admission_.enter(nullptr, peer, now);
    evicted_ = entry.evicted;
    return entry.guest;
  }
  static void works(Guest& guest) { guest.waits_since = Guest::kNever; }

  Admission admission_{{.connections = kPlaces, .per_address = kShare, .reserved = 2}};
  std::shared_ptr<Guest> evicted_;
};

TEST_F(AdmissionTest, AnAddressHasItsShareAndNoMore) {
  std::vector<std::shared_ptr<Guest>> guests;
  for (std::size_t i = 0; i < kShare; ++i) {
    guests.push_back(enter("10.0.0.1", 0));
    works(*guests.back());
    EXPECT_FALSE(guests.back()->reserved);
  }
  EXPECT_TRUE(enter("10.0.0.1", 100)->reserved);
  EXPECT_FALSE(enter("10.0.0.2", 100)->reserved);
  admission_.leave(*guests.front());
  EXPECT_FALSE(enter("10.0.0.1", 100)->reserved);
}

TEST_F(AdmissionTest, IdleConnectionsAreClosedFirstAndAtOnce) {
  std::vector<std::shared_ptr<Guest>> guests;
  for (std::size_t i = 0; i < kShare; ++i) {
    guests.push_back(enter("10.0.0.1", static_cast<double>(i)));
  }
  guests[2]->idle = true;
  guests[3]->idle = true;
  guests[2]->waits_since = 20;
  guests[3]->waits_since = 19;
  EXPECT_FALSE(enter("10.0.0.1", 20)->reserved);
  EXPECT_EQ(evicted_, guests[3]) << "the one that has been idle longest";
  EXPECT_FALSE(enter("10.0.0.1", 20)->reserved);
  EXPECT_EQ(evicted_, guests[2]);
  EXPECT_FALSE(enter("10.0.0.1", 20)->reserved);
  EXPECT_EQ(evicted_, guests[0]) << "then the one that has waited longest for its peer";
  admission_.leave(*guests[0]);  // as its session does after the cut: counted only once
}

TEST_F(AdmissionTest, BusyAndQuickConnectionsAreKept) {
  std::vector<std::shared_ptr<Guest>> guests;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    guests.push_back(enter("10.0.0." + std::to_string(i), 10));
  }
  works(*guests[0]);
  EXPECT_TRUE(enter("10.0.1.1", 14)->reserved);
  EXPECT_EQ(evicted_, nullptr);
  EXPECT_FALSE(enter("10.0.1.1", 15.5)->reserved);
  EXPECT_EQ(evicted_, guests[1]);
}

TEST_F(AdmissionTest, ReservedPlacesGoToThePeerWithTheFewestConnections) {
  std::vector<std::shared_ptr<Guest>> guests;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    guests.push_back(enter("10.0.0." + std::to_string(i), 0));
    works(*guests.back());
  }
  const auto health = enter("10.0.2.2", 1);
  const auto first = enter("10.0.1.1", 1);
  ASSERT_TRUE(first->reserved && health->reserved);
  auto last = first;
  for (int i = 2; i < 5; ++i) {
    const auto next = enter("10.0.1.1", i);
    EXPECT_NE(evicted_, nullptr);
    last = next;
  }
  EXPECT_TRUE(health->counted);
  works(*last);
  const auto other = enter("10.0.2.2", 9);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(evicted_, health) << "by another of its own address";
  works(*other);
  EXPECT_EQ(enter("10.0.2.2", 10), nullptr) << "both are being answered";
}

TEST_F(AdmissionTest, APeerIsAnAddressOrANetworkOfOne) {
  EXPECT_EQ(Admission::address_of("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(Admission::address_of("::ffff:127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(Admission::address_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(Admission::address_of("-"), "-");
}

}  // namespace
}  // namespace quaymaster::http
