#include "identity/sign_in/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/target.h"
#include "identity/principals/records.h"
#include "identity/tokens/published_key.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::identity {
namespace {

using testing::HasSubstr;
using testing::Not;

class GraphTest : public testing::Test {
 protected:
  GraphTest() {
    const store::Schema schemas[] = {schema()};
    database_ = store::open_in_memory(schemas).value();
    issuer_ = Issuer::open(*database_, clock_, random_, {.signing_key = published_signing_key()}).value();
    const auto made = issuer_->create_administrator({"Ann's robot", {}, {}}).value();
    ann_ = {made.object_id, made.client_id, issuer_->tenant(), "Ann's robot"};
    other_ = issuer_->create_principal({"worker", {}, {}}).value();
    token_ = issuer_->issue(ann_, "https://management.azure.com", "https://localhost:8443/adfs");
  }

  http::Reply ask(std::string_view target, std::string_view body = {}) {
    http::Request request;
    request.method = body.empty() ? http::Method::get : http::Method::post;
    request.secure = true;
    request.headers.add("Host", "localhost:8443");
    request.headers.add("Authorization", "Bearer " + token_);
    EXPECT_TRUE(http::parse_target(target, request));
    EXPECT_TRUE(Graph::owns(request));
    return Graph(*issuer_).answer(request, body);
  }

  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  CountingRandom random_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Issuer> issuer_;
  Principal ann_;
  Credentials other_;
  std::string token_;
};

TEST_F(GraphTest, FindsPrincipalsByWhatClientsKnowOfThem) {
  const auto worker = HasSubstr("\"id\":\"" + other_.object_id + "\"");
  for (const auto& filter :
       {fmt::format("servicePrincipalNames/any(c:c+eq+'{}')", other_.client_id),
        fmt::format("servicePrincipalNames/any(x:x%20eq%20'{}')", other_.client_id),
        fmt::format("appId+eq+'{}'", other_.client_id), fmt::format("id+eq+'{}'", other_.object_id),
        std::string("displayName+eq+'worker'"), std::string("startswith(displayName,'wor')")}) {
    const auto found = ask("/v1.0/servicePrincipals?$filter=" + filter);
    EXPECT_EQ(found.status, 200);
    EXPECT_THAT(found.body, testing::AllOf(worker, Not(HasSubstr(ann_.object_id)))) << filter;
  }
  EXPECT_THAT(ask("/v1.0/servicePrincipals?$filter=displayName+eq+'Ann''s+robot'").body, HasSubstr(ann_.object_id));
  EXPECT_THAT(ask("/v1.0/servicePrincipals").body, testing::AllOf(worker, HasSubstr(ann_.object_id)));
  EXPECT_THAT(ask("/v1.0/servicePrincipals?$filter=displayName+eq+'nobody'").body, HasSubstr("\"value\":[]"));
}

TEST_F(GraphTest, GivesPrincipalsByTheirIds) {
  const auto found = ask("/v1.0/servicePrincipals/" + other_.object_id);
  EXPECT_EQ(found.status, 200);
  EXPECT_THAT(found.body, HasSubstr("\"appId\":\"" + other_.client_id + "\""));
  EXPECT_THAT(found.body, Not(HasSubstr(other_.secret)));
  const auto many =
      ask("/v1.0/directoryObjects/getByIds",
          fmt::format(R"({{"ids":["{}","dddddddd-0000-4000-8000-000000000001"],"types":["user"]}})", other_.object_id));
  EXPECT_EQ(many.status, 200);
  EXPECT_THAT(many.body, HasSubstr("\"@odata.type\":\"#microsoft.graph.servicePrincipal\""));
  EXPECT_THAT(many.body, Not(HasSubstr("dddddddd")));
}

TEST_F(GraphTest, HasNoUsersAndNoGroups) {
  EXPECT_THAT(ask("/v1.0/users?$filter=userPrincipalName+eq+'a@b'").body, HasSubstr("\"value\":[]"));
  EXPECT_THAT(ask("/v1.0/groups").body, HasSubstr("\"value\":[]"));
  const auto me = ask("/v1.0/me");
  EXPECT_EQ(me.status, 400) << "principals are programs";
  EXPECT_THAT(me.body, HasSubstr("delegated authentication flow"));
}

TEST_F(GraphTest, RefusesWhatItCannotAnswer) {
  EXPECT_EQ(ask("/v1.0/servicePrincipals/dddddddd-0000-4000-8000-000000000001").status, 404);
  EXPECT_EQ(ask("/v1.0/me/messages").status, 404);
  EXPECT_EQ(ask("/v1.0/servicePrincipals", "{}").status, 405);
  for (const auto filter :
       {"x+eq+'1'", "displayName+eq+'a'+or+displayName+eq+'b'", "displayName+eq+'", "appId+eq+''a'"}) {
    const auto refused = ask(fmt::format("/v1.0/servicePrincipals?$filter={}", filter));
    EXPECT_EQ(refused.status, 400) << filter;
    EXPECT_THAT(refused.body, HasSubstr("Request_UnsupportedQuery"));
  }
  for (const auto body : {"{", "[]", R"({"ids":"x"})", "{}"}) {
    EXPECT_EQ(ask("/v1.0/directoryObjects/getByIds", body).status, 400) << body;
  }
  token_ += "x";
  const auto stranger = ask("/v1.0/servicePrincipals");
  EXPECT_EQ(stranger.status, 401);
  EXPECT_TRUE(stranger.headers.get("WWW-Authenticate"));
  EXPECT_THAT(stranger.body, Not(HasSubstr("worker")));
}

}  // namespace
}  // namespace quaymaster::identity
