#include "arm/locations.h"

#include <algorithm>

#include "base/encode.h"

namespace quaymaster::arm {
namespace {

constexpr Location kLocations[] = {
    {"australiaeast", "Australia East"},
    {"australiasoutheast", "Australia Southeast"},
    {"brazilsouth", "Brazil South"},
    {"canadacentral", "Canada Central"},
    {"canadaeast", "Canada East"},
    {"centralindia", "Central India"},
    {"centralus", "Central US"},
    {"eastasia", "East Asia"},
    {"eastus", "East US"},
    {"eastus2", "East US 2"},
    {"francecentral", "France Central"},
    {"germanynorth", "Germany North"},
    {"germanywestcentral", "Germany West Central"},
    {"japaneast", "Japan East"},
    {"japanwest", "Japan West"},
    {"koreacentral", "Korea Central"},
    {"koreasouth", "Korea South"},
    {"northcentralus", "North Central US"},
    {"northeurope", "North Europe"},
    {"norwayeast", "Norway East"},
    {"southcentralus", "South Central US"},
    {"southeastasia", "Southeast Asia"},
    {"southindia", "South India"},
    {"switzerlandnorth", "Switzerland North"},
    {"switzerlandwest", "Switzerland West"},
    {"uksouth", "UK South"},
    {"ukwest", "UK West"},
    {"westcentralus", "West Central US"},
    {"westeurope", "West Europe"},
    {"westindia", "West India"},
    {"westus", "West US"},
    {"westus2", "West US 2"},
};

}  // namespace

std::span<const Location> locations() {
  return kLocations;
}

const Location* find_location(std::string_view text) {
  const auto name = normalized_location(text);
  const auto found = std::ranges::find(kLocations, name, &Location::name);
  return found == std::end(kLocations) ? nullptr : &*found;
}

std::string normalized_location(std::string_view text) {
  auto name = to_lower(text);
  std::erase(name, ' ');
  return name;
}

}  // namespace quaymaster::arm
