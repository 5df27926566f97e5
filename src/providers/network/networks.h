#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/operation.h"
#include "arm/paging.h"
#include "arm/paths.h"
#include "arm/resource_groups.h"
#include "base/clock.h"
#include "providers/network/models.h"
#include "store/database.h"

namespace quaymaster::network {

/// The table of virtual networks, for open_sqlite.
store::Schema schema();

/// A virtual network as stored.
struct NetworkRecord {
  struct Range {
    std::string name;    // of a subnet
    std::string prefix;  // "10.0.0.0/24"
    static constexpr auto wire() {
      return wire::fields({wire::field<&Range::name>("name"), wire::field<&Range::prefix>("prefix")});
    }
  };
  struct Document {
    std::vector<std::string> prefixes;
    std::vector<Range> subnets;
    arm::Tags tags;
    static constexpr auto wire() {
      using wire::field;
      return wire::fields({field<&Document::prefixes>("prefixes"), field<&Document::subnets>("subnets"),
                           field<&Document::tags>("tags")});
    }
  };
  std::string subscription, group, name, location;
  Document document;
  Time created, changed;
  std::string id() const;
};

/// Virtual networks: records and the handlers of kNetworkProvider's rows. Thread-safe.
class Networks final : public arm::ResourceOwner {
 public:
  Networks(store::Database& database, arm::ResourceGroups& groups) : database_(database), groups_(groups) {}

  Result<arm::Reply<VirtualNetwork>> put(arm::Context& context, const NetworkPath& path, const VirtualNetwork& body);
  Result<arm::Reply<VirtualNetwork>> get(arm::Context& context, const NetworkPath& path);
  Result<arm::Reply<>> remove(arm::Context& context, const NetworkPath& path);
  Result<arm::Reply<arm::Page<VirtualNetwork>>> list_all(arm::Context& context, const arm::SubscriptionPath& path);
  Result<arm::Reply<arm::Page<VirtualNetwork>>> list_group(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Reply<arm::Page<Subnet>>> list_subnets(arm::Context& context, const NetworkPath& path);
  Result<arm::Reply<Subnet>> get_subnet(arm::Context& context, const SubnetPath& path);

  // arm::ResourceOwner
  Result<> list(store::Reader& reader, std::string_view subscription, std::string_view group, std::string_view after,
                std::size_t limit, std::vector<arm::GenericResource>& into) override;
  Result<> remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) override;

 private:
  Result<NetworkRecord> find(arm::Context& context, const NetworkPath& path);
  Result<arm::Page<VirtualNetwork>> page(arm::Context& context, std::string_view subscription, std::string_view group);

  store::Database& database_;
  arm::ResourceGroups& groups_;
};

/// The operation table, for the face: `arm::Registration(kNetworkProvider, networks)`.
extern const arm::Provider kNetworkProvider;

}  // namespace quaymaster::network
