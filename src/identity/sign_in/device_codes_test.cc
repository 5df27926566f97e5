#include "identity/sign_in/device_codes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/encode.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::identity {
namespace {

using State = DeviceCodes::State;

class DeviceCodesTest : public testing::Test {
 protected:
  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  SystemRandom random_;
  DeviceCodes codes_{clock_, random_};
};

TEST_F(DeviceCodesTest, AnApprovedCodeIsAnsweredOnce) {
  const auto started = codes_.start("Client", "resource", "192.0.2.1");
  EXPECT_EQ(started.user_code.size(), 8u);
  EXPECT_EQ(codes_.poll(started.device_code, "client").state, State::pending);
  const auto typed = to_lower(started.user_code);
  EXPECT_TRUE(codes_.approve(typed.substr(0, 4) + "-" + typed.substr(4), {"o", "c", "t", "n"}));
  EXPECT_EQ(codes_.poll(started.device_code, "another").state, State::unknown);
  const auto polled = codes_.poll(started.device_code, "CLIENT");
  EXPECT_EQ(polled.state, State::approved);
  EXPECT_EQ(polled.principal.name, "n");
  EXPECT_EQ(polled.resource, "resource");
  EXPECT_EQ(codes_.poll(started.device_code, "client").state, State::unknown);
}

TEST_F(DeviceCodesTest, TheirTimeEnds) {
  const auto started = codes_.start("client", "", "192.0.2.1");
  clock_.advance(DeviceCodes::kLife);
  EXPECT_FALSE(codes_.approve(started.user_code, {}));
  EXPECT_EQ(codes_.poll(started.device_code, "client").state, State::expired);
  EXPECT_EQ(codes_.poll(started.device_code, "client").state, State::unknown);
}

TEST_F(DeviceCodesTest, AnAddressAtItsLimitLosesItsOwnCodes) {
  const auto other = codes_.start("client", "", "198.51.100.1");
  const auto oldest = codes_.start("client", "", "192.0.2.1");
  for (int i = 0; i < 1000; ++i) {
    clock_.advance(std::chrono::milliseconds{1});
    codes_.start("client", "", "192.0.2.1");
  }
  EXPECT_EQ(codes_.poll(oldest.device_code, "client").state, State::unknown);
  EXPECT_EQ(codes_.poll(other.device_code, "client").state, State::pending);
}

TEST_F(DeviceCodesTest, AtTheLimitTheAddressWithMostCodesLosesOne) {
  const auto other = codes_.start("client", "", "198.51.100.1");
  std::vector<std::string> first;
  for (int i = 0; i < 1200; ++i) {
    clock_.advance(std::chrono::milliseconds{1});
    first.push_back(codes_.start("client", "", fmt::format("192.0.2.{}", i % 20)).device_code);
  }
  EXPECT_EQ(codes_.poll(other.device_code, "client").state, State::pending);
  int left = 0;
  for (const auto& code : first) {
    left += codes_.poll(code, "client").state == State::pending ? 1 : 0;
  }
  EXPECT_EQ(left, 999);
}

}  // namespace
}  // namespace quaymaster::identity
