#include "providers/import_export/locations.h"

#include <algorithm>

#include "arm/locations.h"

namespace quaymaster::import_export {
namespace {

constexpr std::string_view kIdPrefix = "/providers/Microsoft.ImportExport/locations/";

/// Azure's answers have a blank where nothing is known (import-export.md 3.8).
std::string or_blank(const std::string& text) {
  return text.empty() ? " " : text;
}

// The names in Azure's answers, in their order. Each lists itself as accepting drives.
constexpr std::string_view kNames[] = {"australiaeast",
                                       "australiasoutheast",
                                       "brazilsouth",
                                       "canadacentral",
                                       "canadaeast",
                                       "centralindia",
                                       "centralus",
                                       "eastasia",
                                       "eastus",
                                       "eastus2",
                                       "francecentral",
                                       "germanynorth",
                                       "germanywestcentral",
                                       "japaneast",
                                       "japanwest",
                                       "koreacentral",
                                       "koreasouth",
                                       "northcentralus",
                                       "northeurope",
                                       "norwayeast",
                                       "southcentralus",
                                       "southeastasia",
                                       "southindia",
                                       "switzerlandnorth",
                                       "switzerlandwest",
                                       "uksouth",
                                       "ukwest",
                                       "westcentralus",
                                       "westeurope",
                                       "westindia",
                                       "westus",
                                       "westus2"};

}  // namespace

Locations::Locations(Intake intake) : intake_(std::move(intake)) {
  for (const auto name : kNames) {
    const auto* known = arm::find_location(name);
    Location location;
    location.id = std::string(kIdPrefix) + std::string(name);
    location.name = known != nullptr ? known->display_name : name;
    location.type = "Microsoft.ImportExport/locations";
    location.properties = {intake_.recipient_name,
                           intake_.street_address1,
                           intake_.street_address2,
                           intake_.city,
                           or_blank(intake_.state_or_province),
                           intake_.postal_code,
                           intake_.country_or_region,
                           or_blank(intake_.phone),
                           intake_.additional_information,
                           intake_.carriers,
                           {location.id}};
    all_.push_back(std::move(location));
  }
}

const Location* Locations::find(std::string_view text) const {
  const auto id = std::string(kIdPrefix) + arm::normalized_location(text);
  const auto found = std::ranges::find(all_, id, &Location::id);
  return found == all_.end() ? nullptr : &*found;
}

ShippingInformation Locations::shipping_information() const {
  return {intake_.recipient_name,        intake_.street_address1, intake_.street_address2,   intake_.city,
          intake_.state_or_province,     intake_.postal_code,     intake_.country_or_region, intake_.phone,
          intake_.additional_information};
}

}  // namespace quaymaster::import_export
