#include "arm/linked_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "arm/document.h"
#include "arm/server_paths.h"
#include "testing/arm/arm_fixture.h"
#include "wire/json.h"

namespace quaymaster::arm {
namespace {

using testing::HasSubstr;

struct Target {
  std::optional<std::string> id;
  static constexpr auto wire() { return wire::fields({wire::field<&Target::id>("targetResourceId")}); }
};
struct Order {
  std::optional<std::string> source, path;
  std::optional<std::vector<Target>> targets;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&Order::source>("sourceResourceId"), field<&Order::targets>("targets"), field<&Order::path>("path")});
  }
};
struct OrderPath {
  std::string name;
  static constexpr auto wire() { return wire::fields({wire::field<&OrderPath::name>("orderName")}); }
};

int calls = 0;
std::function<void()> meanwhile;  // what another request does between the check and the change
Result<Reply<>> put_order(Context& context, const OrderPath&, const Order& body) {
  ++calls;
  if (body.path) {
    TRY(const auto permit, require_path(context, *body.path, "/its/own/resource"));
    if (meanwhile) {
      meanwhile();
    }
    TRY(context.database.write(
        [&](store::Writer& writer) -> Result<> { return permit.confirm(writer, context.groups); }));
  }
  return Reply<>{200, {}};
}

constexpr std::string_view kOrder =
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Test/orders/{orderName}";
constexpr Link kLinks[] = {
    needs("sourceResourceId", "Microsoft.Test/things/read", "Microsoft.Test/things"),
    needs("sourceResourceId", "Microsoft.Test/things/use/action", "Microsoft.Test/things"),
    needs("targets.targetResourceId", "Microsoft.Test/places/write"),
};
constexpr Operation kOperations[] = {
    {"Orders_Put", http::Method::put, kOrder, "2020-01-01", "Microsoft.Test/orders/write", bind<&put_order>, "",
     Reach::scope, kLinks},
};
constexpr std::string_view kVersions[] = {"2020-01-01"};
constexpr ResourceType kTypes[] = {{"orders", kVersions}};
constexpr Provider kProvider{"Microsoft.Test", kOperations, kTypes, kVersions};

/// Stands for two paths in the group b.
class Owner final : public ResourceOwner {
 public:
  Result<> list(store::Reader&, std::string_view, std::string_view, std::string_view, std::size_t,
                std::vector<GenericResource>&) override {
    return ok();
  }
  Result<> remove_group(std::string_view, std::string_view, const store::Fence&) override { return ok(); }
  Result<> server_paths(store::Reader&, std::vector<ServerPath>& into) override {
    into.push_back({"/srv/shares/b", ArmFixture::group_path("b") + "/providers/Microsoft.Test/things/share",
                    "Microsoft.Test/things/open/action"});
    into.push_back({"/srv/mine", "/its/own/resource", "Microsoft.Test/things/open/action"});
    std::ranges::copy(more, std::back_inserter(into));
    return ok();
  }
  std::vector<ServerPath> more;
};

class LinkedAccessTest : public testing::Test {
 protected:
  LinkedAccessTest() {
    fixture.make_group("a");
    fixture.make_group("b");
    fixture.groups->add_owner(owner);
    fixture.serve({Registration(kProvider)});
    caller = fixture.make_caller("caller");
    give("Contributor", ArmFixture::group_path("a"));
    calls = 0;
    meanwhile = {};
  }
  void give(std::string_view role, std::string_view scope) {
    ASSERT_TRUE(fixture.issuer->assign_role(caller.object_id, role, scope));
  }
  http::Reply order(std::string_view body) {
    return fixture.send_as(caller, http::Method::put,
                           ArmFixture::group_path("a") + "/providers/Microsoft.Test/orders/one?api-version=2020-01-01",
                           body);
  }
  static std::string thing(std::string_view group) {
    return ArmFixture::group_path(group) + "/providers/Microsoft.Test/things/t";
  }

  ArmFixture fixture;
  Owner owner;
  identity::Principal caller;
};

TEST_F(LinkedAccessTest, AResourceThatTheBodyNamesNeedsItsOwnPermission) {
  EXPECT_EQ(order(fmt::format(R"({{"sourceResourceId":"{}"}})", thing("a"))).status, 200);
  calls = 0;
  const auto refused = order(fmt::format(R"({{"sourceResourceId":"{}"}})", thing("b")));
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr(R"("code":"LinkedAuthorizationFailed")"));
  EXPECT_THAT(
      refused.body,
      HasSubstr(fmt::format(
          "The client '{}' with object id '{}' has permission to perform action 'Microsoft.Test/orders/write' on "
          "scope '{}/providers/Microsoft.Test/orders/one'; however, it does not have permission to perform "
          "action(s) 'Microsoft.Test/things/read' on the linked scope(s) '{}' (respectively) or the linked "
          "scope(s) are invalid.",
          caller.client_id, caller.object_id, ArmFixture::group_path("a"), thing("b"))));
  EXPECT_EQ(calls, 0) << "the handler must not have looked for the resource";
}

TEST_F(LinkedAccessTest, EveryActionOfAMemberIsNeeded) {
  give("Reader", ArmFixture::group_path("b"));
  EXPECT_THAT(order(fmt::format(R"({{"sourceResourceId":"{}"}})", thing("b"))).body,
              HasSubstr("'Microsoft.Test/things/use/action' on the linked scope(s)"));
  give("Contributor", ArmFixture::group_path("b"));
  EXPECT_EQ(order(fmt::format(R"({{"sourceResourceId":"{}"}})", thing("b"))).status, 200);
}

TEST_F(LinkedAccessTest, NeitherCaseNorASlashAtTheEndOpensAnything) {
  auto upper = thing("b");
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  for (const auto& id : {upper, thing("b") + "/"}) {
    EXPECT_EQ(order(fmt::format(R"({{"SOURCERESOURCEID":"{}"}})", id)).status, 403) << id;
  }
  EXPECT_EQ(order(fmt::format(R"({{"sourceResourceId":"{}","sourceResourceId":"{}"}})", thing("a"), thing("b"))).status,
            403);
}

TEST_F(LinkedAccessTest, EveryElementOfAListIsAskedFor) {
  const auto body = [](std::string_view first, std::string_view second) {
    return fmt::format(R"({{"targets":[{{"targetResourceId":"{}"}},{{"targetResourceId":"{}"}}]}})", first, second);
  };
  EXPECT_EQ(order(body(ArmFixture::group_path("a"), thing("a"))).status, 200);
  EXPECT_EQ(order(body(ArmFixture::group_path("a"), ArmFixture::group_path("b"))).status, 403);
  EXPECT_EQ(order(body(thing("b"), ArmFixture::group_path("a"))).status, 403);
}

TEST_F(LinkedAccessTest, WhatIsNoIdOrOfAnotherTypeIsLeftToTheHandler) {
  for (const auto& id :
       {std::string("t"), std::string(), ArmFixture::group_path("b") + "/providers/Microsoft.Test/others/o"}) {
    EXPECT_EQ(order(fmt::format(R"({{"sourceResourceId":"{}"}})", id)).status, 200) << id;
  }
}

TEST_F(LinkedAccessTest, AJobChecksItsCallersPermissionAgain) {
  LinkedAccess access;
  access.client_id = caller.client_id;
  access.object_id = caller.object_id;
  access.action = "Microsoft.Test/orders/write";
  access.scope = thing("a");
  access.needs = {{"Microsoft.Test/things/read", thing("b")}};
  const auto stored = wire::parse_stored<LinkedAccess>(wire::to_json(access)).value();
  const auto refused = still_allowed(*fixture.issuer, stored);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Errc::forbidden);
  EXPECT_EQ(refused.error().published()->row->code, "LinkedAuthorizationFailed");
  give("Reader", thing("b"));
  EXPECT_TRUE(still_allowed(*fixture.issuer, stored));
  ASSERT_TRUE(fixture.issuer->remove_principal(caller.client_id));
  EXPECT_FALSE(still_allowed(*fixture.issuer, stored)) << "whoever is gone may do nothing";
  EXPECT_TRUE(still_allowed(*fixture.issuer, {})) << "stored by a version that did not ask";
}

TEST_F(LinkedAccessTest, APathOfTheServerThatAnotherResourceStandsForIsRefused) {
  const auto ask = [&](std::string_view path) { return order(fmt::format(R"({{"path":"{}"}})", path)); };
  for (const auto* path : {"/srv/shares/b", "/srv/shares/b/deep/er", "/srv/shares", "/srv"}) {
    const auto refused = ask(path);
    EXPECT_EQ(refused.status, 403) << path;
    EXPECT_THAT(refused.body, HasSubstr("LinkedAuthorizationFailed")) << path;
    EXPECT_THAT(refused.body, testing::Not(HasSubstr("things/share"))) << "which resource it is, is not told";
  }
  for (const auto* path : {"/srv/shares/bb", "/srv/shares/a", "/srv/mine", "/srv/mine/deeper"}) {
    EXPECT_EQ(ask(path).status, 200) << path;
  }
  give("Reader", ArmFixture::group_path("b"));
  EXPECT_EQ(ask("/srv/shares/b").status, 403) << "who sees that it is there does not read what lies in it";
  give("Contributor", ArmFixture::group_path("b"));
  EXPECT_EQ(ask("/srv/shares/b").status, 200);
}

TEST_F(LinkedAccessTest, OfTwoWhoRegisterAPathAtOnceTheSecondAsksAgain) {
  meanwhile = [&] {
    owner.more.push_back({"/srv/new/inner", ArmFixture::group_path("b") + "/providers/Microsoft.Test/things/late",
                          "Microsoft.Test/things/open/action"});
  };
  const auto body = R"({"path":"/srv/new"})";
  const auto late = order(body);
  EXPECT_EQ(late.status, 409);
  EXPECT_THAT(late.body, HasSubstr("'/srv/new' at the same time"));
  meanwhile = {};
  EXPECT_EQ(order(body).status, 403);
  give("Contributor", ArmFixture::group_path("b"));
  EXPECT_EQ(order(body).status, 200);
}

TEST(LinkedAccess, ThePageOfATableSaysWhatElseARowNeeds) {
  EXPECT_THAT(document(kProvider),
              HasSubstr("| `Microsoft.Test/orders/write`; at `sourceResourceId` of type `Microsoft.Test/things`: "
                        "`Microsoft.Test/things/read`; "));
}

}  // namespace
}  // namespace quaymaster::arm
