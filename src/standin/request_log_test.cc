#include "standin/request_log.h"

#include <gtest/gtest.h>

namespace quaymaster::standin {
namespace {

TEST(RequestLog, KeepsTheLastOnesAndSaysWhy) {
  RequestLog log;
  http::Request request;
  request.method_text = "GET";
  request.raw_path = "/subscriptions";
  request.raw_query = "api-version=2021-04-01&sig=abc%3D";
  for (std::size_t i = 0; i < RequestLog::kKept + 5; ++i) {
    log.answered(request, {.status = 401, .cause = "no token"});
  }
  const auto all = log.after(0, 1'000'000);
  ASSERT_EQ(all.size(), RequestLog::kKept);
  EXPECT_EQ(all.front().number, 6);
  EXPECT_EQ(all.back().reason, "no token");
  EXPECT_EQ(all.back().query, "api-version=2021-04-01&sig=***");
  const auto some = log.after(all.back().number - 3, 2);
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some.front().number, all.back().number - 2);
  EXPECT_TRUE(log.after(all.back().number, 10).empty());
}

TEST(RequestLog, TakesSecretsOutOfQueries) {
  EXPECT_EQ(without_secrets(""), "");
  EXPECT_EQ(without_secrets("a=1"), "a=1");
  EXPECT_EQ(without_secrets("SIG=x&a=1&client_secret=y"), "SIG=***&a=1&client_secret=***");
  EXPECT_EQ(without_secrets("sig"), "sig=***");
}

}  // namespace
}  // namespace quaymaster::standin
