#include "arm/empty_list.h"
#include "arm/paths.h"
#include "providers/network/networks.h"

namespace quaymaster::network {
namespace {

#define QM_NETWORK "/providers/Microsoft.Network"
#define QM_ONE QM_GROUP QM_NETWORK "/virtualNetworks/{virtualNetworkName}"
#define QM_ACTION "Microsoft.Network/virtualNetworks"

using enum http::Method;
using N = Networks;
constexpr std::string_view kFirst = "2015-05-01-preview";
constexpr std::string_view kNone = "There are none.";
constexpr std::string_view kGivenWithTheNetwork = "give subnets with their virtual network.";

constexpr arm::Operation kOperations[] = {
    {"VirtualNetworks_ListAll", get, QM_SUBSCRIPTION QM_NETWORK "/virtualNetworks", kFirst, QM_ACTION "/read",
     arm::bind<&N::list_all>},
    {"VirtualNetworks_List", get, QM_GROUP QM_NETWORK "/virtualNetworks", kFirst, QM_ACTION "/read",
     arm::bind<&N::list_group>},
    {"VirtualNetworks_Get", get, QM_ONE, kFirst, QM_ACTION "/read", arm::bind<&N::get>},
    {"VirtualNetworks_CreateOrUpdate", put, QM_ONE, kFirst, QM_ACTION "/write", arm::bind<&N::put>,
     "A name with address ranges and subnets; nothing is connected."},
    {"VirtualNetworks_Delete", del, QM_ONE, kFirst, QM_ACTION "/delete", arm::bind<&N::remove>},
    {"Subnets_List", get, QM_ONE "/subnets", kFirst, QM_ACTION "/subnets/read", arm::bind<&N::list_subnets>},
    {"Subnets_Get", get, QM_ONE "/subnets/{subnetName}", kFirst, QM_ACTION "/subnets/read", arm::bind<&N::get_subnet>},
    {"Subnets_CreateOrUpdate", put, QM_ONE "/subnets/{subnetName}", kFirst, QM_ACTION "/subnets/write",
     arm::not_offered, kGivenWithTheNetwork},
    {"Subnets_Delete", del, QM_ONE "/subnets/{subnetName}", kFirst, QM_ACTION "/subnets/delete", arm::not_offered,
     kGivenWithTheNetwork},
    {"NetworkInterfaces_ListAll", get, QM_SUBSCRIPTION QM_NETWORK "/networkInterfaces", kFirst,
     "Microsoft.Network/networkInterfaces/read", arm::bind<&arm::list_nothing>, kNone},
    {"NetworkInterfaces_List", get, QM_GROUP QM_NETWORK "/networkInterfaces", kFirst,
     "Microsoft.Network/networkInterfaces/read", arm::bind<&arm::list_nothing>, kNone},
    {"PublicIPAddresses_ListAll", get, QM_SUBSCRIPTION QM_NETWORK "/publicIPAddresses", kFirst,
     "Microsoft.Network/publicIPAddresses/read", arm::bind<&arm::list_nothing>, kNone},
    {"PublicIPAddresses_List", get, QM_GROUP QM_NETWORK "/publicIPAddresses", kFirst,
     "Microsoft.Network/publicIPAddresses/read", arm::bind<&arm::list_nothing>, kNone},
    {"NetworkSecurityGroups_ListAll", get, QM_SUBSCRIPTION QM_NETWORK "/networkSecurityGroups", kFirst,
     "Microsoft.Network/networkSecurityGroups/read", arm::bind<&arm::list_nothing>, kNone},
    {"NetworkSecurityGroups_List", get, QM_GROUP QM_NETWORK "/networkSecurityGroups", kFirst,
     "Microsoft.Network/networkSecurityGroups/read", arm::bind<&arm::list_nothing>, kNone},
    {"PrivateEndpoints_ListBySubscription", get, QM_SUBSCRIPTION QM_NETWORK "/privateEndpoints", kFirst,
     "Microsoft.Network/privateEndpoints/read", arm::bind<&arm::list_nothing>, kNone},
    {"PrivateEndpoints_List", get, QM_GROUP QM_NETWORK "/privateEndpoints", kFirst,
     "Microsoft.Network/privateEndpoints/read", arm::bind<&arm::list_nothing>, kNone},
};

// Newest first: az uses the first that is not a preview.
constexpr std::string_view kNewestFirst[] = {"2024-05-01", "2023-09-01", "2022-07-01",        "2021-08-01",
                                             "2020-11-01", "2018-11-01", "2015-05-01-preview"};
constexpr std::string_view kOldestFirst[] = {"2015-05-01-preview", "2018-11-01", "2020-11-01", "2021-08-01",
                                             "2022-07-01",         "2023-09-01", "2024-05-01"};
constexpr arm::ResourceType kTypes[] = {
    {"virtualNetworks", kNewestFirst},   {"virtualNetworks/subnets", kNewestFirst}, {"networkInterfaces", kNewestFirst},
    {"publicIPAddresses", kNewestFirst}, {"networkSecurityGroups", kNewestFirst},   {"privateEndpoints", kNewestFirst}};

}  // namespace

const arm::Provider kNetworkProvider{"Microsoft.Network", kOperations, kTypes, kOldestFirst};

}  // namespace quaymaster::network
