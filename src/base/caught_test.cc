#include "base/caught.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "base/log.h"

namespace quaymaster {
namespace {

std::string logged;  // NOLINT: what a sink without context can reach

class Caught : public testing::Test {
 protected:
  void SetUp() override {
    logged.clear();
    log::set_sink([](std::string_view line) { logged += line; });
  }
  void TearDown() override { log::set_sink(nullptr); }
};

TEST_F(Caught, PassesOnTheResultOfTheWork) {
  EXPECT_EQ(caught([]() -> Result<int> { return 7; }).value(), 7);
  EXPECT_EQ(caught([]() -> Result<int> { return corrupt("x"); }).error().kind(), Errc::corrupt);
  EXPECT_EQ(logged, "");
}

TEST_F(Caught, AnExceptionBecomesTheWorksErrorAndIsLogged) {
  EXPECT_EQ(caught([]() -> Result<> { throw std::bad_alloc(); }).error().kind(), Errc::busy);
  const auto failed = caught([]() -> Result<> { throw std::runtime_error("no such luck"); });
  EXPECT_EQ(failed.error().kind(), Errc::io);
  EXPECT_NE(failed.error().cause().find("no such luck"), std::string::npos);
  EXPECT_NE(logged.find("no such luck"), std::string::npos);
  EXPECT_EQ(caught([]() -> Result<> { throw 3; }).error().kind(), Errc::io);
}

TEST_F(Caught, WorkThatNobodyWaitsForIsContained) {
  contained([] { throw std::runtime_error("no such luck"); });
  EXPECT_NE(logged.find("no such luck"), std::string::npos);
}

}  // namespace
}  // namespace quaymaster
