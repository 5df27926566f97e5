#include "providers/import_export/locations.h"

#include <gtest/gtest.h>

#include "arm/locations.h"

namespace quaymaster::import_export {
namespace {

TEST(Locations, AreFoundByShortAndByDisplayName) {
  const Locations locations({});
  for (const auto* name : {"westus", "West US", "WESTUS", "west us"}) {
    ASSERT_NE(locations.find(name), nullptr) << name;
    EXPECT_EQ(locations.find(name)->name, "West US");
  }
  EXPECT_EQ(locations.find("moonbase"), nullptr);
  EXPECT_EQ(locations.find(""), nullptr);
}

TEST(Locations, EveryOneTakesDrivesItself) {
  const Locations locations({});
  EXPECT_EQ(locations.all().size(), 32U);
  for (const auto& location : locations.all()) {
    EXPECT_EQ(location.properties.alternate_locations, std::vector<std::string>{location.id}) << location.name;
    EXPECT_NE(arm::find_location(location.name), nullptr) << location.name;
    EXPECT_EQ(location.type, "Microsoft.ImportExport/locations");
    EXPECT_FALSE(location.properties.phone.empty()) << "unknown fields hold a blank";
  }
}

TEST(Locations, LeadToTheConfiguredIntake) {
  Intake intake;
  intake.recipient_name = "Hangar 4";
  intake.phone = "0100";
  const Locations locations(intake);
  EXPECT_EQ(locations.find("eastus")->properties.recipient_name, "Hangar 4");
  EXPECT_EQ(locations.shipping_information().recipient_name, "Hangar 4");
  EXPECT_EQ(locations.shipping_information().phone, "0100");
}

}  // namespace
}  // namespace quaymaster::import_export
