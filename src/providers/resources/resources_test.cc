#include "providers/resources/resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/router.h"
#include "arm/document.h"
#include "arm/errors.h"
#include "base/encode.h"
#include "providers/resources/errors.h"
#include "testing/arm/arm_fixture.h"
#include "testing/arm/golden.h"

namespace quaymaster::resources {
namespace {

using enum http::Method;
using arm::ArmFixture;
using testing::HasSubstr;
using testing::StartsWith;

/// A provider's resources, as seen by the resource groups.
class Crates final : public arm::ResourceOwner {
 public:
  Result<> list(store::Reader&, std::string_view subscription, std::string_view group, std::string_view after,
                std::size_t limit, std::vector<arm::GenericResource>& into) override {
    std::size_t added = 0;
    for (const auto& [key, resource] : crates) {
      const auto id = arm::parse_resource_id(resource.id).value();
      if (key > after && added < limit && equal_ignoring_case(id.subscription, subscription) &&
          (group.empty() || equal_ignoring_case(id.group, group))) {
        into.push_back(resource);
        ++added;
      }
    }
    return ok();
  }
  Result<> remove_group(std::string_view, std::string_view group, const store::Fence&) override {
    if (broken) {
      return io("the disk is gone");
    }
    ++removals;
    std::erase_if(crates, [&](const auto& one) {
      return equal_ignoring_case(arm::parse_resource_id(one.second.id).value().group, group);
    });
    return ok();
  }
  Result<> may_remove_group(store::Reader&, std::string_view, std::string_view group) override {
    ++asked;
    return equal_ignoring_case(group, held)
               ? refuse(Errc::conflict, arm::kInvalidParameter, "The crate c is nailed down.")
               : Result<>(ok());
  }
  void add(std::string_view group, std::string_view name, std::string_view type = "Microsoft.Test/crates",
           std::optional<arm::Tags> tags = {}) {
    arm::GenericResource crate;
    crate.id = arm::resource_id(ArmFixture::kSubscription, group, type, name);
    crate.name = name;
    crate.type = type;
    crate.location = "westeurope";
    crate.tags = std::move(tags);
    crate.created = parse_time("2026-11-20T00:00:00Z").value();
    crate.changed = crate.created;
    crates[to_lower(crate.id)] = crate;
  }

  std::map<std::string, arm::GenericResource> crates;
  bool broken = false;
  std::string held = "nobody's";  // a group that cannot be removed
  int asked = 0;
  int removals = 0;
};

constexpr std::string_view kVersion = "?api-version=2021-04-01";

class ResourcesTest : public testing::Test {
 protected:
  ResourcesTest() : lab_({jobs::schema()}), engine_(*lab_.database, lab_.clock, lab_.random) {
    lab_.groups->add_owner(crates_);
    resources_ = std::make_unique<Resources>(*lab_.database, *lab_.groups, engine_,
                                             std::vector<const arm::Provider*>{&kResourcesProvider});
    lab_.serve({arm::Registration(kResourcesProvider, *resources_)});
  }
  static std::string group(std::string_view name, std::string_view more = "") {
    return fmt::format("{}{}{}", ArmFixture::group_path(name), more, kVersion);
  }
  static std::string in_subscription(std::string_view more) {
    return fmt::format("{}{}{}", ArmFixture::subscription_path(), more,
                       more.find('?') == more.npos ? kVersion : "&" + std::string(kVersion.substr(1)));
  }
  static std::string shown(const http::Reply& reply) { return fmt::format("{} {}", reply.status, reply.body); }
  /// The relative address of a header's link, and the job in it.
  static std::string link(const http::Reply& reply) {
    return std::string(reply.headers.get("Location").value().substr(ArmFixture::kBase.size()));
  }
  static Guid job(const http::Reply& reply) {
    const auto path = link(reply);
    return parse_guid(path.substr(path.find("operationresults/") + 17, 36)).value();
  }

  ArmFixture lab_;
  Crates crates_;
  jobs::Engine engine_;
  std::unique_ptr<Resources> resources_;
};

TEST_F(ResourcesTest, TheTableIsSoundAndItsPageIsCurrent) {
  std::vector<api::Pattern> patterns;
  for (const auto& row : kResourcesProvider.operations) {
    patterns.push_back({row.method, row.path});
  }
  EXPECT_THAT(api::overlaps(patterns), testing::IsEmpty());
  EXPECT_EQ(arm::compare_golden(arm::document_file(kResourcesProvider), arm::document(kResourcesProvider)), "");
  for (const auto* row : kRows) {
    EXPECT_FALSE(row->code.empty());
  }
}

TEST_F(ResourcesTest, Golden) {
  EXPECT_EQ(lab_.golden("resources/tenants_list/all", get, "/tenants?api-version=2019-11-01"), "");
  EXPECT_EQ(lab_.golden("resources/subscriptions_list/all", get, "/subscriptions?api-version=2019-11-01"), "");
  EXPECT_EQ(lab_.golden("resources/subscriptions_get/one", get, in_subscription("")), "");
  EXPECT_EQ(lab_.golden("resources/locations_list/all", get, in_subscription("/locations")), "");
  EXPECT_EQ(lab_.golden("resources/group_put/new", put, group("Lab1"), R"({"location":"West US 2","tags":{"a":"b"}})"),
            "");
  EXPECT_EQ(lab_.golden("resources/group_put/again", put, group("lab1"), R"({"location":"westus2"})"), "");
  EXPECT_EQ(lab_.golden("resources/group_put/elsewhere", put, group("lab1"), R"({"location":"eastus"})"), "");
  EXPECT_EQ(lab_.golden("resources/group_put/nowhere", put, group("x"), R"({"location":"atlantis"})"), "");
  EXPECT_EQ(lab_.golden("resources/group_put/no_location", put, group("x"), R"({"tags":{}})"), "");
  EXPECT_EQ(lab_.golden("resources/group_put/bad_name", put, group("dot."), R"({"location":"eastus"})"), "");
  EXPECT_EQ(lab_.golden("resources/group_get/missing", get, group("none")), "");
  EXPECT_EQ(lab_.golden("resources/group_patch/tags", patch, group("LAB1"), R"({"tags":{"c":"d"}})"), "");
  EXPECT_EQ(lab_.golden("resources/group_head/there", head, group("lab1")), "");
  EXPECT_EQ(lab_.golden("resources/group_head/missing", head, group("none")), "");
  EXPECT_EQ(lab_.golden("resources/group_list/all", get, in_subscription("/resourcegroups")), "");
  crates_.add("Lab1", "c1", "Microsoft.Test/crates", arm::Tags{{"x", "y"}});
  EXPECT_EQ(lab_.golden("resources/resources_list/expanded", get,
                        in_subscription("/resources?$expand=createdTime,changedTime,provisioningState")),
            "");
  EXPECT_EQ(lab_.golden("resources/provider_get/own", get, in_subscription("/providers/microsoft.resources")), "");
  EXPECT_EQ(lab_.golden("resources/group_delete/accepted", del, group("lab1")), "");
}

TEST_F(ResourcesTest, DeletingAGroupTakesItsResourcesWithIt) {
  lab_.put(group("g"), R"({"location":"westeurope"})");
  crates_.add("G", "a");
  crates_.add("other", "b");
  const auto reply = lab_.del(group("G"));
  ASSERT_EQ(reply.status, 202);
  EXPECT_EQ(reply.headers.get("Retry-After"), "1");
  EXPECT_EQ(lab_.get(link(reply)).status, 202);
  EXPECT_THAT(lab_.get(group("g")).body, HasSubstr(R"("provisioningState":"Deleting")"));
  EXPECT_THAT(shown(lab_.put(group("g"), R"({"location":"westeurope"})")), StartsWith("409"));

  engine_.start();
  EXPECT_EQ(engine_.wait(job(reply), Time::max()).value().state, jobs::State::succeeded);
  EXPECT_EQ(shown(lab_.get(link(reply))), "200 ");
  EXPECT_EQ(lab_.head(group("g")).status, 404);
  EXPECT_EQ(crates_.crates.size(), 1u);
  EXPECT_EQ(lab_.put(group("g"), R"({"location":"eastus"})").status, 201);
}

TEST_F(ResourcesTest, AFailedDeletionIsReportedAndMayBeRepeated) {
  lab_.put(group("g"), R"({"location":"westeurope"})");
  crates_.broken = true;
  const auto reply = lab_.del(group("g"));
  engine_.start();
  EXPECT_EQ(engine_.wait(job(reply), Time::max()).value().state, jobs::State::failed);
  const auto told = lab_.get(link(reply));
  EXPECT_THAT(shown(told), StartsWith(R"(409 {"error":{"code":"ResourceGroupDeletionFailed")"));
  EXPECT_THAT(told.body, testing::Not(HasSubstr("the disk is gone")));
  EXPECT_EQ(lab_.put(group("g"), R"({"location":"westeurope"})").status, 200) << "the group can be used";
  crates_.broken = false;
  const auto again = lab_.del(group("g"));
  EXPECT_EQ(engine_.wait(job(again), Time::max()).value().state, jobs::State::succeeded);
  EXPECT_EQ(lab_.get(group("g")).status, 404);
  EXPECT_EQ(lab_.del(group("g")).status, 404);
}

TEST_F(ResourcesTest, AGroupThatCannotBeDeletedIsNotTouched) {
  lab_.put(group("g"), R"({"location":"westeurope"})");
  crates_.add("g", "c");
  crates_.held = "G";
  for (int i = 0; i < 2; ++i) {
    const auto refused = lab_.del(group("g"));
    EXPECT_THAT(shown(refused), StartsWith(R"(409 {"error":{"code":"ResourceGroupDeletionBlocked")"));
    EXPECT_THAT(refused.body, HasSubstr("The crate c is nailed down."));
  }
  EXPECT_EQ(crates_.removals, 0);
  EXPECT_THAT(lab_.get(group("g")).body, HasSubstr(R"("provisioningState":"Succeeded")"));
  EXPECT_EQ(lab_.put(group("g"), R"({"location":"westeurope"})").status, 200) << "it goes on being of use";
}

/// What changed between the request and the job is checked again before anything is removed.
TEST_F(ResourcesTest, TheJobChecksAgainAndReleasesTheGroup) {
  lab_.put(group("g"), R"({"location":"westeurope"})");
  const auto reply = lab_.del(group("g"));
  ASSERT_EQ(reply.status, 202);
  crates_.held = "g";
  engine_.start();
  EXPECT_EQ(engine_.wait(job(reply), Time::max()).value().state, jobs::State::failed);
  EXPECT_EQ(crates_.removals, 0);
  EXPECT_THAT(shown(lab_.get(link(reply))), HasSubstr("The crate c is nailed down."));
  EXPECT_THAT(lab_.get(group("g")).body, HasSubstr(R"("provisioningState":"Succeeded")"));
  EXPECT_EQ(lab_.put(group("g"), R"({"location":"westeurope"})").status, 200);
  crates_.held = "";
  const auto again = lab_.del(group("g"));
  EXPECT_EQ(engine_.wait(job(again), Time::max()).value().state, jobs::State::succeeded);
}

TEST_F(ResourcesTest, ASecondDeletionFollowsTheFirst) {
  lab_.put(group("g"), R"({"location":"westeurope"})");
  const auto first = lab_.del(group("g"));
  const auto second = lab_.del(group("g"));
  EXPECT_EQ(second.status, 202);
  EXPECT_EQ(job(second), job(first));
}

/// Earlier versions left the mark behind when a deletion failed.
TEST_F(ResourcesTest, AStartReleasesGroupsThatNoJobDeletes) {
  for (const auto* name : {"left", "going"}) {
    lab_.put(group(name), R"({"location":"westeurope"})");
  }
  ASSERT_EQ(lab_.del(group("going")).status, 202);
  ASSERT_TRUE(lab_.database->write(
      [&](store::Writer& writer) { return lab_.groups->mark_deleting(writer, ArmFixture::kSubscription, "left"); }));
  ASSERT_TRUE(resources_->recover());
  EXPECT_THAT(lab_.get(group("left")).body, HasSubstr(R"("provisioningState":"Succeeded")"));
  EXPECT_THAT(lab_.get(group("going")).body, HasSubstr(R"("provisioningState":"Deleting")"));
}

TEST_F(ResourcesTest, OperationsOfOthersAreUnknown) {
  EXPECT_EQ(lab_.get(in_subscription("/operationresults/nonsense")).status, 404);
  EXPECT_EQ(lab_.get(in_subscription("/operationresults/11111111-1111-1111-1111-111111111111")).status, 404);
}

TEST_F(ResourcesTest, ListsGroupsByPagesAndFilters) {
  for (int i = 0; i < 5; ++i) {
    lab_.put(group(fmt::format("g{}", i)), fmt::format(R"({{"location":"westeurope","tags":{{"n":"{}"}}}})", i));
  }
  const auto names = [&](std::string target) {
    std::string seen;
    while (!target.empty()) {
      const auto reply = lab_.get(target);
      EXPECT_EQ(reply.status, 200) << reply.body;
      const auto page = wire::parse_stored<arm::Page<GroupAnswer>>(reply.body).value();
      for (const auto& one : page.value) {
        seen += one.name + ' ';
      }
      seen += '|';
      target = page.next_link ? page.next_link->substr(ArmFixture::kBase.size()) : "";
    }
    return seen;
  };
  EXPECT_EQ(names(in_subscription("/resourcegroups?$top=2")), "g0 g1 |g2 g3 |g4 |");
  EXPECT_EQ(names(in_subscription("/resourcegroups?$filter=tagName+eq+'N'+and+tagValue+eq+'3'")), "g3 |");
  EXPECT_EQ(names(in_subscription("/resourcegroups?$filter=name+ne+'g1'&$top=2")), "g0 g2 |g3 g4 |");
  for (const auto* bad : {"size+eq+'1'", "name+gt+'a'", "name", "resourceType+eq+'x'"}) {
    const auto reply = lab_.get(in_subscription(fmt::format("/resourcegroups?$filter={}", bad)));
    EXPECT_THAT(shown(reply), StartsWith(R"(400 {"error":{"code":"InvalidParameter")")) << bad;
    EXPECT_THAT(reply.body, HasSubstr(R"("target":"$filter")")) << bad;
  }
}

TEST_F(ResourcesTest, ListsResourcesOfAllProvidersByPages) {
  Crates more;
  lab_.groups->add_owner(more);
  lab_.make_group("a");
  lab_.make_group("b");
  crates_.add("a", "one");
  more.add("a", "two", "Microsoft.Other/boxes");
  crates_.add("b", "three");
  more.add("b", "four", "Microsoft.Other/boxes");
  const auto names = [&](std::string target) {
    std::string seen;
    while (!target.empty()) {
      const auto page = wire::parse_stored<arm::Page<ResourceAnswer>>(lab_.get(target).body).value();
      for (const auto& one : page.value) {
        seen += one.name + ' ';
      }
      target = page.next_link ? page.next_link->substr(ArmFixture::kBase.size()) : "";
    }
    return seen;
  };
  EXPECT_EQ(names(in_subscription("/resources?$top=1")), "two one four three ");
  EXPECT_EQ(names(in_subscription("/resources?$filter=resourceGroup+eq+'A'")), "two one ");
  EXPECT_EQ(names(in_subscription("/resources?$filter=resourceType+eq+'Microsoft.Other/boxes'")), "two four ");
  EXPECT_EQ(names(group("B", "/resources")), "four three ");
  EXPECT_EQ(lab_.get(group("none", "/resources")).status, 404);
}

TEST_F(ResourcesTest, ShowsOnlySubscriptionsThePrincipalMayRead) {
  const auto made = lab_.issuer->create_principal({"nobody", {}, {}}).value();
  const auto nobody = lab_.issuer->authenticate(made.client_id, made.secret).value();
  auto request = lab_.request(get, "/subscriptions?api-version=2019-11-01");
  request.headers.set("Authorization",
                      "Bearer " + lab_.issuer->issue(nobody, ArmFixture::kBase, "https://localhost/adfs"));
  EXPECT_EQ(lab_.send(request).body, R"({"value":[]})");
}

TEST_F(ResourcesTest, ProvidersAreRegisteredAndNamedInAnyCase) {
  EXPECT_THAT(lab_.post(in_subscription("/providers/MICROSOFT.RESOURCES/register")).body,
              HasSubstr(R"("registrationState":"Registered")"));
  EXPECT_THAT(lab_.get("/providers/Microsoft.Resources?api-version=2021-04-01").body,
              StartsWith(R"({"id":"/providers/Microsoft.Resources","namespace":"Microsoft.Resources")"));
  EXPECT_THAT(shown(lab_.get(in_subscription("/providers/Microsoft.Nope"))),
              StartsWith(R"(404 {"error":{"code":"InvalidResourceNamespace")"));
  EXPECT_THAT(lab_.get(in_subscription("/providers")).body, HasSubstr(R"("resourceType":"resourceGroups")"));
}

}  // namespace
}  // namespace quaymaster::resources
