#include "faces/blob/blob_cors.h"

#include <gmock/gmock.h>

#include "faces/blob/blob_face_fixture_test.h"

namespace quaymaster::storage {
namespace {

using testing::Answer;
using testing::BlobFace;
using testing::Fields;
using ::testing::HasSubstr;

std::string rule(const std::string& origins, const std::string& methods, const std::string& allowed,
                 const std::string& exposed, const std::string& age = "60") {
  return fmt::format(
      "<CorsRule><AllowedOrigins>{}</AllowedOrigins><AllowedMethods>{}</AllowedMethods><AllowedHeaders>{}"
      "</AllowedHeaders><ExposedHeaders>{}</ExposedHeaders><MaxAgeInSeconds>{}</MaxAgeInSeconds></CorsRule>",
      origins, methods, allowed, exposed, age);
}

class Cors : public BlobFace {
 protected:
  Cors() {
    make_container();
    put("b", "hello", {{"x-ms-meta-one", "1"}});
    unsigned_.sign = false;
  }
  Answer set(const std::string& rules) {
    return send("PUT", path("") + "?restype=service&comp=properties", {},
                "<StorageServiceProperties><Cors>" + rules + "</Cors></StorageServiceProperties>");
  }
  Answer preflight(const std::string& origin, const std::string& method, const std::string& headers = "",
                   const std::string& target = path("cont/b")) {
    Fields fields = {{"Origin", origin}, {"Access-Control-Request-Method", method}};
    if (!headers.empty()) {
      fields.emplace_back("Access-Control-Request-Headers", headers);
    }
    return send_as(unsigned_, "OPTIONS", target, fields);
  }
  Answer get(const std::string& origin, const std::string& method = "GET") {
    return send(method, path("cont/b"), origin.empty() ? Fields{} : Fields{{"Origin", origin}});
  }
  Sending unsigned_;
};

TEST_F(Cors, WithoutRulesNothingIsAllowedAndNothingIsSaid) {
  const auto refused = preflight("https://a.example", "GET");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "CorsPreflightFailure");
  const auto read = get("https://a.example");
  EXPECT_EQ(read.status, 200);
  EXPECT_FALSE(read.headers.get("Vary"));
  EXPECT_FALSE(read.headers.get("Access-Control-Allow-Origin"));
}

TEST_F(Cors, APreflightIsAnsweredByTheFirstRuleThatMatches) {
  ASSERT_EQ(
      set(rule("https://a.example,https://b.example", "GET,PUT", "x-ms-meta-*,content-type", "x-ms-meta-*", "60") +
          rule("https://a.example", "GET", "*", "*", "5") + rule("*", "HEAD", "", "", "7"))
          .status,
      202);
  const auto first = preflight("https://a.example", "PUT", "X-MS-Meta-One, Content-Type");
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.header("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(first.header("Access-Control-Allow-Methods"), "PUT");
  EXPECT_EQ(first.header("Access-Control-Allow-Headers"), "X-MS-Meta-One, Content-Type");
  EXPECT_EQ(first.header("Access-Control-Max-Age"), "60");
  EXPECT_EQ(first.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(first.header("Vary"), "Origin");
  EXPECT_EQ(first.body, "");

  EXPECT_EQ(preflight("https://a.example", "GET", "authorization").header("Access-Control-Max-Age"), "5");
  const auto anybody = preflight("https://z.example", "HEAD");
  EXPECT_EQ(anybody.header("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(anybody.headers.get("Access-Control-Allow-Credentials"));
  EXPECT_FALSE(anybody.headers.get("Vary"));

  EXPECT_EQ(preflight("https://b.example", "GET", "authorization").code(), "CorsPreflightFailure");
  EXPECT_EQ(preflight("https://a.example", "DELETE").status, 403);
  EXPECT_EQ(preflight("http://a.example", "GET").status, 403);
  EXPECT_EQ(preflight("https://A.example", "GET").status, 403) << "case counts";
  // It concerns the service, not its contents.
  EXPECT_EQ(preflight("https://a.example", "GET", "", path("none/none")).status, 200);
  EXPECT_EQ(preflight("https://a.example", "GET", "", path("") + "?comp=list").status, 200);
  EXPECT_EQ(preflight("https://a.example", "GET", "", "/otheraccount/cont/b").status, 403);
}

TEST_F(Cors, APreflightNamesItsOriginAndItsMethod) {
  ASSERT_EQ(set(rule("*", "GET", "*", "*")).status, 202);
  for (const auto& fields :
       {Fields{}, Fields{{"Origin", "https://a.example"}}, Fields{{"Access-Control-Request-Method", "GET"}}}) {
    const auto answer = send_as(unsigned_, "OPTIONS", path("cont/b"), fields);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "InvalidHeaderValue");
    EXPECT_THAT(answer.body, HasSubstr("A required CORS header is not present."));
  }
}

TEST_F(Cors, AnswersTellTheBrowserWhatItMayShow) {
  ASSERT_EQ(set(rule("https://a.example", "GET,HEAD", "", "x-ms-meta-*,ETag,content-length,x-ms-none")).status, 202);
  const auto read = get("https://a.example");
  EXPECT_EQ(read.body, "hello");
  EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(read.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(read.header("Access-Control-Expose-Headers"), "ETag,x-ms-meta-one,Content-Length");
  EXPECT_EQ(read.header("Vary"), "Origin");

  for (const auto& other : {get("https://b.example"), get("")}) {
    EXPECT_EQ(other.status, 200) << "CORS is no authorization";
    EXPECT_EQ(other.header("Vary"), "Origin") << "a cache must not give this answer to the page of the rule";
    EXPECT_FALSE(other.headers.get("Access-Control-Allow-Origin"));
  }
  const auto missing = send("GET", path("cont/none"), {{"Origin", "https://a.example"}});
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.header("Access-Control-Allow-Origin"), "https://a.example") << "a page may read its errors";
  EXPECT_FALSE(get("https://a.example", "DELETE").headers.get("Access-Control-Allow-Origin"));
}

TEST_F(Cors, ARuleForEverybodyIsTheSameForEverybody) {
  ASSERT_EQ(set(rule("*", "GET", "", "*")).status, 202);
  for (const auto& read : {get("https://a.example"), get("")}) {
    EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "*");
    EXPECT_THAT(read.header("Access-Control-Expose-Headers"), HasSubstr("x-ms-request-id"));
    EXPECT_FALSE(read.headers.get("Access-Control-Allow-Credentials"));
    EXPECT_FALSE(read.headers.get("Vary"));
  }
  EXPECT_EQ(set("").status, 202);
  EXPECT_FALSE(get("https://a.example").headers.get("Access-Control-Allow-Origin")) << "taken back at once";
}

TEST_F(Cors, AStarStandsForTheNamesBelowADomain) {
  ASSERT_EQ(set(rule("https://*.a.example", "GET", "", "")).status, 202);
  EXPECT_EQ(preflight("https://x.a.example", "GET").status, 200);
  EXPECT_EQ(preflight("https://x.y.a.example", "GET").status, 200);
  for (const auto* origin : {"https://a.example", "https://.a.example", "http://x.a.example", "https://xa.example",
                             "https://evil.example/.a.example", "null"}) {
    EXPECT_EQ(preflight(origin, "GET").status, 403) << origin;
  }
}

TEST_F(Cors, RulesBeyondTheLimitsAreRefused) {
  const auto code = [&](const std::string& rules) { return set(rules).code(); };
  const auto good = rule("*", "GET", "", "");
  EXPECT_EQ(code(good + good + good + good + good), "");
  EXPECT_EQ(code(good + good + good + good + good + good), "InvalidXmlNodeValue");
  EXPECT_EQ(code(rule("", "GET", "", "")), "InvalidXmlNodeValue");
  EXPECT_EQ(code(rule("*", "", "", "")), "InvalidXmlNodeValue");
  EXPECT_EQ(code(rule("*", "GET,FETCH", "", "")), "InvalidXmlNodeValue");
  EXPECT_EQ(code(rule("*", "get", "", "")), "InvalidXmlNodeValue");
  EXPECT_EQ(code(rule("*", "GET", "a*,b*", "")), "");
  EXPECT_EQ(code(rule("*", "GET", "a*,b*,c*", "")), "InvalidXmlNodeValue");
  EXPECT_EQ(code(rule("https://" + std::string(248, 'a'), "GET", "", "")), "");
  EXPECT_EQ(code(rule("https://" + std::string(249, 'a'), "GET", "", "")), "InvalidXmlNodeValue");
  EXPECT_EQ(code(rule("*", "GET", "", "", "soon")), "InvalidXmlNodeValue");
  EXPECT_EQ(code("<CorsRule><AllowedOrigins>*</AllowedOrigins></CorsRule>"), "MissingRequiredXmlNode");
  std::string many;
  for (int i = 0; i < 65; ++i) {
    many += fmt::format("a{},", i);
  }
  EXPECT_EQ(code(rule(many, "GET", "", "")), "InvalidXmlNodeValue");
  EXPECT_EQ(code(rule("*", "GET", many, "")), "InvalidXmlNodeValue");
  EXPECT_EQ(code(good + good.substr(0, good.size() - 11) + "<AllowedMethods>GET</AllowedMethods></CorsRule>"),
            "InvalidXmlDocument");
}

}  // namespace
}  // namespace quaymaster::storage
