#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arm/resource_groups.h"
#include "wire/field.h"

// Virtual networks on the wire. Source: the published description of Microsoft.Network, 2023-09-01; other members are
// accepted and ignored.
namespace quaymaster::network {

struct Subnet {
  struct Properties {
    std::optional<std::string> prefix, state;
    static constexpr auto wire() {
      using wire::field;
      return wire::fields(
          {field<&Properties::prefix>("addressPrefix"), field<&Properties::state>("provisioningState").read_only()});
    }
  };
  std::optional<std::string> name, id, type;
  std::optional<Properties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = Subnet;
    return wire::fields({field<&T::name>("name"), field<&T::id>("id").read_only(), field<&T::type>("type").read_only(),
                         field<&T::properties>("properties")});
  }
};

struct AddressSpace {
  std::vector<std::string> prefixes;
  static constexpr auto wire() { return wire::fields({wire::field<&AddressSpace::prefixes>("addressPrefixes")}); }
};

struct VirtualNetwork {
  struct Properties {
    std::optional<AddressSpace> space;
    std::optional<std::vector<Subnet>> subnets;
    std::optional<std::string> state;
    static constexpr auto wire() {
      using wire::field;
      return wire::fields({field<&Properties::space>("addressSpace"), field<&Properties::subnets>("subnets"),
                           field<&Properties::state>("provisioningState").read_only()});
    }
  };
  std::optional<std::string> name, id, type, location;
  std::optional<arm::Tags> tags;
  std::optional<Properties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = VirtualNetwork;
    return wire::fields({field<&T::name>("name").read_only(), field<&T::id>("id").read_only(),
                         field<&T::type>("type").read_only(), field<&T::location>("location"), field<&T::tags>("tags"),
                         field<&T::properties>("properties")});
  }
};

struct NetworkPath {
  std::string subscription, group, name;
  static constexpr auto wire() {
    using wire::field;
    using T = NetworkPath;
    return wire::fields({field<&T::subscription>("subscriptionId"), field<&T::group>("resourceGroupName"),
                         field<&T::name>("virtualNetworkName")});
  }
};
struct SubnetPath {
  std::string subscription, group, name, subnet;
  static constexpr auto wire() {
    using wire::field;
    using T = SubnetPath;
    return wire::fields({field<&T::subscription>("subscriptionId"), field<&T::group>("resourceGroupName"),
                         field<&T::name>("virtualNetworkName"), field<&T::subnet>("subnetName")});
  }
};

}  // namespace quaymaster::network
