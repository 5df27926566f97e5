#include "providers/authorization/authorization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/router.h"
#include "arm/document.h"
#include "identity/principals/roles.h"
#include "providers/authorization/errors.h"
#include "testing/arm/arm_fixture.h"
#include "testing/arm/golden.h"

namespace quaymaster::authorization {
namespace {

using arm::ArmFixture;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using enum http::Method;

constexpr std::string_view kReader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
constexpr std::string_view kOwner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

class AuthorizationTest : public testing::Test {
 protected:
  AuthorizationTest() {
    lab_.serve({arm::Registration(kAuthorizationProvider), arm::Registration(kIdentityProvider)});
    lab_.make_group("Group");
    made_ = lab_.issuer->create_principal({"worker", "cccccccc-0000-4000-8000-000000000001", "well-known"}).value();
  }
  static std::string at(std::string_view scope, std::string_view what, std::string_view version = "2022-04-01") {
    return fmt::format("{}/providers/Microsoft.Authorization/{}{}api-version={}", scope, what,
                       what.find('?') == what.npos ? "?" : "&", version);
  }
  static std::string name(int n) { return fmt::format("{:08}-0000-4000-8000-00000000000a", n); }
  std::string body(std::string_view role = kReader, std::string_view more = "") const {
    return fmt::format(
        R"({{"properties":{{"roleDefinitionId":"{}/providers/Microsoft.Authorization/roleDefinitions/{}","principalId":"{}"{}}}}})",
        ArmFixture::subscription_path(), role, made_.object_id, more);
  }
  http::Reply give(std::string_view scope, int n, std::string_view role = kReader) {
    return lab_.put(at(scope, "roleAssignments/" + name(n)), body(role));
  }
  static std::string shown(const http::Reply& reply) { return fmt::format("{} {}", reply.status, reply.body); }
  /// The names of those assignments in a list that this test created.
  std::string names(const std::string& target) {
    const auto reply = lab_.get(target);
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::string seen;
    for (int n = 1; n < 9; ++n) {
      if (reply.body.find(fmt::format(R"("name":"{}")", name(n))) != std::string::npos) {
        seen += std::to_string(n);
      }
    }
    return seen;
  }

  ArmFixture lab_;
  identity::Credentials made_;
};

TEST_F(AuthorizationTest, TheTablesAreSoundAndTheirPagesAreCurrent) {
  for (const auto* provider : {&kAuthorizationProvider, &kIdentityProvider}) {
    std::vector<api::Pattern> patterns;
    for (const auto& row : provider->operations) {
      patterns.push_back({row.method, row.path});
    }
    EXPECT_THAT(api::overlaps(patterns), testing::IsEmpty());
    EXPECT_EQ(arm::compare_golden(arm::document_file(*provider), arm::document(*provider)), "");
  }
  for (const auto* row : kRows) {
    EXPECT_TRUE(row->status >= 400 && row->status <= 501) << row->code;
    EXPECT_TRUE(row->sentence.ends_with('.') || row->sentence == "{}") << row->code;
  }
}

TEST_F(AuthorizationTest, Golden) {
  const auto subscription = ArmFixture::subscription_path();
  EXPECT_EQ(lab_.golden("authorization/role_definitions_list/by_name", get,
                        at(subscription, "roleDefinitions?$filter=roleName+eq+'Storage+Blob+Data+Reader'")),
            "");
  EXPECT_EQ(lab_.golden("authorization/role_definitions_get/contributor", get,
                        at("", "roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", "2018-01-01-preview")),
            "");
  EXPECT_EQ(lab_.golden("authorization/role_definitions_get/unknown", get,
                        at("", "roleDefinitions/11111111-6180-42a0-ab88-20f7382dd24c")),
            "");
  const auto target = at(ArmFixture::group_path("Group"), "roleAssignments/" + name(1), "2020-04-01-preview");
  EXPECT_EQ(lab_.golden("authorization/role_assignments_create/new", put, target,
                        body(kReader, R"(,"principalType":"ServicePrincipal","description":"nightly")")),
            "");
  EXPECT_EQ(lab_.golden("authorization/role_assignments_create/exists", put,
                        at(ArmFixture::group_path("group"), "roleAssignments/" + name(2)), body()),
            "");
  EXPECT_EQ(lab_.golden("authorization/role_assignments_create/not_permitted", put, target, body(kOwner)), "");
  EXPECT_EQ(lab_.golden("authorization/role_assignments_create/no_principal", put,
                        at(subscription, "roleAssignments/" + name(3), "2015-07-01"),
                        fmt::format(R"({{"properties":{{"roleDefinitionId":"{}/providers/Microsoft.Authorization/)"
                                    R"(roleDefinitions/{}","principalId":"dddddddd-0000-4000-8000-000000000001"}}}})",
                                    subscription, kReader)),
            "");
  EXPECT_EQ(lab_.golden("authorization/role_assignments_list/group", get,
                        at(ArmFixture::group_path("Group"),
                           fmt::format("roleAssignments?$filter=principalId+eq+'{}'", made_.object_id))),
            "");
  EXPECT_EQ(lab_.golden("authorization/role_assignments_delete/there", del, target), "");
  EXPECT_EQ(lab_.golden("authorization/role_assignments_delete/gone", del, target), "");
  EXPECT_EQ(lab_.golden("authorization/role_assignments_get/gone", get, target), "");
  EXPECT_EQ(lab_.golden("authorization/role_definitions_create/refused", put,
                        at(subscription, "roleDefinitions/" + name(1)), "{}"),
            "");
  EXPECT_EQ(lab_.golden("authorization/operations_list/all", get, at("", "operations")), "");
}

/// A name that looks percent-encoded once it was decoded is not decoded again.
TEST_F(AuthorizationTest, AScopeIsDecodedOnce) {
  const auto group = ArmFixture::group_path("Group");
  const auto things = group + "/providers/Microsoft.X/things/";
  for (const auto* thing : {"100%25", "a%252Fb"}) {
    const auto reply = give(things + thing, 1);
    EXPECT_EQ(reply.status, 201) << shown(reply);
    EXPECT_EQ(names(at(things + thing, "roleAssignments?$filter=atScope()")), "1") << thing;
    EXPECT_EQ(lab_.del(at(things + thing, "roleAssignments/" + name(1))).status, 200) << thing;
  }
}

TEST_F(AuthorizationTest, ListsWhatIsAboveAtAndBelow) {
  const auto subscription = ArmFixture::subscription_path();
  const auto group = ArmFixture::group_path("Group");
  const auto account = group + "/providers/Microsoft.Storage/storageAccounts/a";
  const auto container = account + "/blobServices/default/containers/c";
  EXPECT_EQ(give("", 1).status, 201);
  EXPECT_EQ(give(subscription, 2).status, 201);
  EXPECT_EQ(give(group, 3).status, 201);
  EXPECT_EQ(give(account, 4).status, 201);
  EXPECT_EQ(give(container, 5).status, 201);
  EXPECT_EQ(names(at("", "roleAssignments")), "12345");
  EXPECT_EQ(names(at("", "roleAssignments?$filter=atScope()")), "1");
  EXPECT_EQ(names(at(subscription, "roleAssignments?$filter=atScope()")), "12");
  EXPECT_EQ(names(at(group, "roleAssignments?$filter=atscope()")), "123");
  EXPECT_EQ(names(at(ArmFixture::group_path("gROUP"), "roleAssignments")), "12345");
  EXPECT_EQ(names(at(ArmFixture::group_path("other"), "roleAssignments")), "12");
  EXPECT_EQ(names(at(container, "roleAssignments")), "12345");
  EXPECT_EQ(names(at(account, fmt::format("roleAssignments?$filter=atScope()+and+assignedTo('{}')", made_.object_id))),
            "1234");
  EXPECT_EQ(names(at(account, fmt::format("roleAssignments?$filter=principalId+eq+'{}'", lab_.principal.object_id))),
            "");
  for (const auto* bad : {"size+eq+'1'", "principalId+ne+'1'", "atScope", "assignedTo(1)", "roleName+eq+'x'",
                          "principalId+eq+'1'+or+principalId+eq+'2'"}) {
    const auto reply = lab_.get(at(subscription, fmt::format("roleAssignments?$filter={}", bad)));
    EXPECT_THAT(shown(reply), StartsWith(R"(400 {"error":{"code":"InvalidParameter")")) << bad;
    EXPECT_THAT(reply.body, HasSubstr(R"("target":"$filter")")) << bad;
  }
}

TEST_F(AuthorizationTest, RefusesWhatMeansNothing) {
  const auto code = [&](std::string_view scope, std::string_view assignment, const std::string& text) {
    const auto reply = lab_.put(at(scope, fmt::format("roleAssignments/{}", assignment)), text);
    return shown(reply).substr(0, 4) + reply.body.substr(10, reply.body.find(',') - 10);
  };
  const auto subscription = ArmFixture::subscription_path();
  EXPECT_EQ(code(subscription, "nightly", body()), R"(400 "code":"InvalidRoleAssignmentId")");
  EXPECT_EQ(code(subscription, name(1), body("12345678-0000-4000-8000-000000000000")),
            R"(400 "code":"RoleDefinitionDoesNotExist")");
  EXPECT_EQ(code(subscription, name(1), body("Reader")), R"(400 "code":"InvalidRoleDefinitionId")");
  EXPECT_EQ(code(subscription, name(1), body(kReader, R"(,"condition":"@Resource[…]")")),
            R"(501 "code":"NotSupported")");
  EXPECT_EQ(code(subscription, name(1), body(kReader, R"(,"principalType":"Robot")")),
            R"(400 "code":"InvalidPrincipalType")");
  EXPECT_EQ(code(ArmFixture::group_path("none"), name(1), body()), R"(404 "code":"ResourceGroupNotFound")");
  EXPECT_EQ(code("/subscriptions/00000000-0000-4000-8000-00000000dead", name(1), body()),
            R"(404 "code":"SubscriptionNotFound")");
  EXPECT_EQ(code("/providers/Microsoft.Management/managementGroups/m", name(1), body()),
            R"(400 "code":"InvalidScope")");
  EXPECT_EQ(code(subscription, name(1), R"({"properties":{"principalId":"x"}})"),
            R"(400 "code":"MissingRequiredProperty")");
  EXPECT_EQ(names(at("", "roleAssignments")), "");
}

TEST_F(AuthorizationTest, TheSameAgainIsAConflictUntil2020) {
  const auto old = at(ArmFixture::group_path("Group"), "roleAssignments/" + name(1), "2018-01-01-preview");
  const auto recent = at(ArmFixture::group_path("Group"), "roleAssignments/" + name(1), "2020-04-01-preview");
  EXPECT_EQ(lab_.put(old, body()).status, 201);
  EXPECT_THAT(shown(lab_.put(old, body())), StartsWith(R"(409 {"error":{"code":"RoleAssignmentExists")"));
  EXPECT_THAT(shown(lab_.put(recent, body(kReader, R"(,"description":"why")"))), StartsWith("200 "));
  EXPECT_THAT(lab_.get(recent).body, HasSubstr(R"("description":"why")"));
  EXPECT_EQ(lab_.get(at(ArmFixture::subscription_path(), "roleAssignments/" + name(1))).status, 404)
      << "of another scope";
}

TEST_F(AuthorizationTest, ARoleCountsWithTheNextRequestAndOnlyWhereItIsGiven) {
  const auto as_worker = [&](http::Method method, const std::string& target, const std::string& text = "") {
    auto request = lab_.request(method, target, text);
    const auto worker = lab_.issuer->authenticate(made_.client_id, "well-known").value();
    request.headers.set("Authorization",
                        "Bearer " + lab_.issuer->issue(worker, ArmFixture::kBase, "https://localhost:8443/adfs"));
    return lab_.send(request, text);
  };
  const auto list = at(ArmFixture::group_path("Group"), "roleAssignments");
  const auto denied = as_worker(get, list);
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(
      denied.body,
      fmt::format(R"({{"error":{{"code":"AuthorizationFailed","message":"The client '{}' with object id '{}' does )"
                  R"(not have authorization to perform action 'Microsoft.Authorization/roleAssignments/read' )"
                  R"(over scope '{}/providers/Microsoft.Authorization/roleAssignments' or the scope is invalid. )"
                  R"(If access was recently granted, please refresh your credentials."}}}})",
                  made_.client_id, made_.object_id, ArmFixture::group_path("Group")));
  give(ArmFixture::group_path("Group"), 1);
  EXPECT_EQ(as_worker(get, list).status, 200);
  EXPECT_EQ(as_worker(get, at(ArmFixture::subscription_path(), "roleAssignments")).status, 403);
  EXPECT_EQ(as_worker(put, at(ArmFixture::group_path("Group"), "roleAssignments/" + name(2)), body(kOwner)).status, 403)
      << "a Reader makes no Owner of itself";
  EXPECT_EQ(lab_.del(at(ArmFixture::group_path("Group"), "roleAssignments/" + name(1))).status, 200);
  EXPECT_EQ(as_worker(get, list).status, 403);
  give("", 3, "b24988ac-6180-42a0-ab88-20f7382dd24c");
  EXPECT_EQ(as_worker(put, at(ArmFixture::group_path("Group"), "roleAssignments/" + name(4)), body()).status, 403)
      << "nor does a Contributor";
  for (const auto& [method, path] : {std::pair{post, ""},
                                     {post, "/cccccccc-0000-4000-8000-000000000001/resetSecret"},
                                     {del, "/cccccccc-0000-4000-8000-000000000001"}}) {
    const auto reply =
        as_worker(method, fmt::format("/providers/Quaymaster.Identity/principals{}?api-version=2026-11-01", path),
                  R"({"displayName":"x"})");
    EXPECT_EQ(reply.status, 403) << path << ": or it could become another principal";
  }
}

TEST_F(AuthorizationTest, TheLastOwnerStays) {
  const auto list = lab_.get(at("", "roleAssignments?$filter=atScope()")).body;
  const auto place = list.find(std::string(kOwner));
  const auto id = list.find(R"("name":")", place) + 8;
  const auto owner = list.substr(id, 36);
  EXPECT_THAT(shown(lab_.del(at("", "roleAssignments/" + owner))),
              StartsWith(R"(409 {"error":{"code":"LastOwnerCannotBeRemoved")"));
  give("", 1, kOwner);
  EXPECT_EQ(lab_.del(at("", "roleAssignments/" + owner)).status, 200);
}

TEST_F(AuthorizationTest, PrincipalsLiveOverTheirRoutes) {
  const std::string all = "/providers/Quaymaster.Identity/principals";
  const std::string version = "?api-version=2026-11-01";
  EXPECT_THAT(lab_.get(all + version).body, HasSubstr(R"("displayName":"worker")"));
  const auto made = lab_.post(all + version, R"({"displayName":"backup robot"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto member = [](const std::string& body, std::string_view name) {
    const auto begin = body.find(fmt::format(R"("{}":")", name)) + name.size() + 4;
    return body.substr(begin, body.find('"', begin) - begin);
  };
  const auto client = member(made.body, "clientId");
  const auto secret = member(made.body, "clientSecret");
  EXPECT_TRUE(lab_.issuer->authenticate(client, secret));
  EXPECT_THAT(lab_.get(all + version).body, Not(HasSubstr("clientSecret"))) << "told once";

  const auto again = lab_.post(all + "/" + client + "/resetSecret" + version);
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_FALSE(lab_.issuer->authenticate(client, secret));
  EXPECT_TRUE(lab_.issuer->authenticate(client, member(again.body, "clientSecret")));

  EXPECT_EQ(lab_.del(all + "/" + client + version).status, 200);
  EXPECT_FALSE(lab_.issuer->authenticate(client, member(again.body, "clientSecret")));
  EXPECT_THAT(shown(lab_.del(all + "/" + client + version)), StartsWith(R"(404 {"error":{"code":"PrincipalNotFound")"));
  EXPECT_EQ(lab_.post(all + "/nobody/resetSecret" + version).status, 404);
  EXPECT_EQ(lab_.post(all + version, R"({"displayName":""})").status, 400);
  EXPECT_THAT(lab_.post(all + version, R"({"displayName":"x","externalId":"y"})").body, HasSubstr("openid-issuer"));
  EXPECT_THAT(shown(lab_.del(all + "/" + lab_.principal.client_id + version)), StartsWith("409 "));
}

}  // namespace
}  // namespace quaymaster::authorization
