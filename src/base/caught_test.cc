#include "base/caught.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace quaymaster {
namespace {

TEST(Caught, HandsOnWhatTheWorkAnswers) {
  EXPECT_EQ(caught([]() -> Result<int> { return 7; }).value(), 7);
  EXPECT_EQ(caught([]() -> Result<int> { return corrupt("x"); }).error().kind(), Errc::corrupt);
}

TEST(Caught, AnExceptionBecomesTheWorksError) {
  EXPECT_EQ(caught([]() -> Result<> { throw std::bad_alloc(); }).error().kind(), Errc::busy);
  const auto failed = caught([]() -> Result<> { throw std::runtime_error("no such luck"); });
  EXPECT_EQ(failed.error().kind(), Errc::io);
  EXPECT_NE(failed.error().cause().find("no such luck"), std::string::npos);
  EXPECT_EQ(caught([]() -> Result<> { throw 3; }).error().kind(), Errc::io);
}

}  // namespace
}  // namespace quaymaster
