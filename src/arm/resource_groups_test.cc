#include "arm/resource_groups.h"

#include <gtest/gtest.h>

#include "arm/locations.h"
#include "base/encode.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::arm {
namespace {

TEST(ResourceGroups, MakesOneSubscriptionAndKeepsIt) {
  ManualClock clock{Time{}};
  CountingRandom random;
  const store::Schema schemas[] = {schema()};
  const auto database = store::open_in_memory(schemas).value();
  const auto first = ResourceGroups::open(*database, clock, random, "t").value();
  ASSERT_EQ(first->subscriptions().size(), 1u);
  const auto id = first->subscriptions()[0].id;
  EXPECT_TRUE(first->subscription(id));
  EXPECT_EQ(first->subscription("other").error().kind(), Errc::not_found);
  const auto second = ResourceGroups::open(*database, clock, random, "t").value();
  ASSERT_EQ(second->subscriptions().size(), 1u);
  EXPECT_EQ(second->subscriptions()[0].id, id);
  EXPECT_FALSE(ResourceGroups::open(*database, clock, random, "t", {.subscription = "no-guid"}));
}

TEST(ResourceGroups, NothingNewGetsIntoAGroupThatIsBeingDeleted) {
  ManualClock clock{Time{}};
  CountingRandom random;
  const store::Schema schemas[] = {schema()};
  const auto database = store::open_in_memory(schemas).value();
  const auto groups = ResourceGroups::open(*database, clock, random, "t").value();
  Group group;
  group.subscription = groups->subscriptions()[0].id;
  group.name = "Mixed";
  group.location = "westus";
  const auto change = [&](auto work) { return database->write([&](store::Writer& writer) { return work(writer); }); };
  const auto put = [&](store::Writer& writer) -> Result<> {
    TRY(groups->put_group(writer, group));
    return ok();
  };
  ASSERT_TRUE(change(put));
  group.name = "MIXED";
  ASSERT_TRUE(change(put));
  EXPECT_TRUE(database->read([&](store::Reader& reader) -> Result<> {
    TRY(const auto found, groups->require_group(reader, group.subscription, "mixed"));
    EXPECT_EQ(found.name, "Mixed") << "the case it was created with";
    return ok();
  }));
  group.location = "eastus";
  EXPECT_EQ(change(put).error().published()->row->code, "InvalidResourceGroupLocation");
  group.location = "westus";
  ASSERT_TRUE(change([&](store::Writer& w) { return groups->mark_deleting(w, group.subscription, "mixed"); }));
  EXPECT_EQ(change(put).error().published()->row->code, "ResourceGroupBeingDeleted");
  ASSERT_TRUE(change([&](store::Writer& w) { return groups->remove_group(w, group.subscription, "mixed"); }));
  EXPECT_EQ(change([&](store::Writer& w) { return groups->mark_deleting(w, group.subscription, "mixed"); })
                .error()
                .published()
                ->row->code,
            "ResourceGroupNotFound");
}

TEST(ResourceIds, AreParsed) {
  const auto id = parse_resource_id("/Subscriptions/S/resourcegroups/G/Providers/Microsoft.X/vaults/v/items/i").value();
  EXPECT_EQ(id.subscription, "S");
  EXPECT_EQ(id.group, "G");
  EXPECT_EQ(id.type, "Microsoft.X/vaults/items");
  EXPECT_EQ(id.name, "v/i");
  for (const auto* bad :
       {"", "x", "/", "/subscriptions/S", "/subscriptions/S/resourceGroups/G",
        "/subscriptions/S/resourceGroups/G/providers/X", "/subscriptions/S/resourceGroups/G/providers/X/t",
        "/subscriptions/S/resourceGroups/G/providers/X/t/n/u", "/subscriptions//resourceGroups/G/providers/X/t/n",
        "/tenants/S/resourceGroups/G/providers/X/t/n"}) {
    EXPECT_FALSE(parse_resource_id(bad)) << bad;
  }
  EXPECT_TRUE(parse_resource_id(resource_id("s", "g", "Microsoft.X/t", "n")));
}

TEST(ResourceIds, AreReadWordByWord) {
  EXPECT_EQ(words_of_id("/a/B%2f/c/").value(), (std::vector<std::string_view>{"a", "B%2f", "c"})) << "nothing decoded";
  EXPECT_TRUE(words_of_id("/").value().empty());
  for (const auto* bad : {"", "a/b", "//a", "/a//b"}) {
    EXPECT_FALSE(words_of_id(bad)) << bad;
  }
  EXPECT_EQ(subscription_of("/Subscriptions/S/resourceGroups/g"), "S");
  EXPECT_EQ(subscription_of("/subscriptions/S"), "S");
  for (const auto* other : {"", "/", "/subscriptions", "/subscriptions/", "/providers/X", "subscriptions/s"}) {
    EXPECT_EQ(subscription_of(other), "") << other;
  }
  constexpr std::string_view kId = "/subscriptions/s/resourceGroups/G/providers/X/vaults/vaults";
  EXPECT_EQ(name_in_id(kId, "resourcegroups"), "G");
  EXPECT_EQ(name_in_id(kId, "vaults"), "vaults");
  EXPECT_EQ(name_in_id(kId, "items"), "");
  EXPECT_EQ(name_in_id(kId, "Groups"), "") << "a whole word";
}

TEST(Locations, AreFoundByBothNames) {
  for (const auto& location : locations()) {
    EXPECT_EQ(find_location(location.name), &location);
    EXPECT_EQ(find_location(location.display_name), &location);
    EXPECT_EQ(find_location(to_lower(location.display_name)), &location);
  }
  EXPECT_EQ(find_location("atlantis"), nullptr);
  EXPECT_EQ(normalized_location("West US 2"), "westus2");
}

}  // namespace
}  // namespace quaymaster::arm
