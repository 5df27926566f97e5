#include "store/keys.h"

#include <gtest/gtest.h>

namespace quaymaster::store {
namespace {

TEST(Keys, ThatNameNothingStandForEverything) {
  EXPECT_TRUE(Keys().is_everything());
  EXPECT_FALSE(Keys::none().is_everything());
  EXPECT_TRUE(Keys::none().all().empty());
  EXPECT_FALSE(Keys().shared("account").is_everything());
}

TEST(Keys, AreTakenInOneOrderAndOnceInTheStrongerMode) {
  Keys forward;
  forward.shared("a").alone("b").shared("c").alone("a");
  Keys backward;
  backward.alone("a").shared("c").alone("b").shared("a");
  ASSERT_EQ(forward.all().size(), 3U);
  EXPECT_TRUE(std::ranges::equal(forward.all(), backward.all()));
  EXPECT_TRUE(std::ranges::is_sorted(forward.all()));
  EXPECT_EQ(std::ranges::count(forward.all(), true, &Keys::Key::alone), 2);
}

TEST(Keys, KeepTheirHashes) {
  Keys keys;
  keys.shared("");
  EXPECT_EQ(keys.all().front().hash, 0xcbf29ce484222325U);
  keys = Keys::none();
  keys.shared("foobar");
  EXPECT_EQ(keys.all().front().hash, 0x85944171f73967e8U) << "published test value of FNV-1a";
}

}  // namespace
}  // namespace quaymaster::store
