#include "http/target.h"

#include <gtest/gtest.h>

namespace quaymaster::http {
namespace {

struct Good {
  std::string_view target, path, raw_query;
  Query query;
};

TEST(Target, TakesApartWhatIsWellFormed) {
  const Good cases[] = {
      {"/", "/", "", {}},
      {"/a//b/../%2e%2F?", "/a//b/../%2e%2F", "", {}},
      {"/a?x=1&Y=b+c%2B%26&&z&=v", "/a", "x=1&Y=b+c%2B%26&&z&=v", {{"x", "1"}, {"Y", "b c+&"}, {"z", ""}, {"", "v"}}},
      {"/a?q=1?2=3", "/a", "q=1?2=3", {{"q", "1?2=3"}}},
      {"https://host:1/p?a=b", "/p", "a=b", {{"a", "b"}}},
      {"HTTP://host", "/", "", {}},
      {"http://host?a=b", "/", "a=b", {{"a", "b"}}},
      {"*", "*", "", {}},
  };
  for (const auto& [target, path, raw_query, query] : cases) {
    Request request;
    ASSERT_TRUE(parse_target(target, request)) << target;
    EXPECT_EQ(request.raw_path, path) << target;
    EXPECT_EQ(request.raw_query, raw_query) << target;
    EXPECT_EQ(request.query, query) << target;
  }
}

TEST(Target, RefusesWhatIsNot) {
  for (const std::string_view target :
       {"a", "host:443", "ftp://host/", "://x", "/a#b", "/%", "/%1", "/%zz", "/a?x=%", "/a?%g0=1"}) {
    Request request;
    const auto parsed = parse_target(target, request);
    ASSERT_FALSE(parsed) << target;
    EXPECT_EQ(parsed.error().kind(), Errc::invalid) << target;
  }
}

TEST(Target, ParameterNamesCompareWithoutCase) {
  Request request;
  ASSERT_TRUE(parse_target("/?API-Version=1&api-version=2", request));
  EXPECT_EQ(request.parameter("api-version"), "1");
  EXPECT_EQ(request.parameter("absent"), std::nullopt);
}

}  // namespace
}  // namespace quaymaster::http
