#include "providers/network/networks.h"

#include <gtest/gtest.h>

#include "arm/document.h"
#include "providers/network/errors.h"
#include "testing/arm/arm_fixture.h"
#include "testing/arm/golden.h"

namespace quaymaster::network {
namespace {

class NetworksTest : public testing::Test {
 protected:
  NetworksTest() : lab_({schema()}), networks_(*lab_.database, *lab_.groups) {
    lab_.make_group("rg");
    lab_.groups->add_owner(networks_);
    lab_.serve({arm::Registration(kNetworkProvider, networks_)});
  }
  static std::string at(const std::string& tail) {
    return arm::ArmFixture::group_path("rg") + "/providers/Microsoft.Network/" + tail + "?api-version=2023-09-01";
  }
  http::Reply put(const std::string& name, const std::string& subnets = R"({"name":"default","properties":)"
                                                                        R"({"addressPrefix":"10.0.0.0/24"}})") {
    return lab_.put(at("virtualNetworks/" + name),
                    R"({"location":"westeurope","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]},)"
                    R"("subnets":[)" +
                        subnets + "]}}");
  }
  static bool has(const http::Reply& reply, std::string_view text) {
    return reply.body.find(text) != std::string::npos;
  }

  arm::ArmFixture lab_;
  Networks networks_;
};

TEST_F(NetworksTest, ANetworkIsANameWithSubnets) {
  const auto made = put("net");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(has(made, R"("subnets":[{"name":"default","id":")" + arm::ArmFixture::group_path("rg") +
                            R"(/providers/Microsoft.Network/virtualNetworks/net/subnets/default")"))
      << made.body;
  EXPECT_EQ(lab_.get(at("virtualNetworks/NET")).body, made.body);
  EXPECT_EQ(put("net").status, 200);
  EXPECT_TRUE(has(lab_.get(at("virtualNetworks/net/subnets/DEFAULT")), R"("addressPrefix":"10.0.0.0/24")"));
  EXPECT_EQ(lab_.get(at("virtualNetworks/net/subnets/other")).status, 404);
  EXPECT_TRUE(has(lab_.get(at("virtualNetworks/net/subnets")), R"("name":"default")"));
  EXPECT_TRUE(has(lab_.get(at("virtualNetworks")), R"("name":"net")"));
  EXPECT_TRUE(has(lab_.get(arm::ArmFixture::subscription_path() +
                           "/providers/Microsoft.Network/virtualNetworks?api-version=2023-09-01"),
                  R"("name":"net")"));
  EXPECT_EQ(lab_.del(at("virtualNetworks/net")).status, 200);
  EXPECT_EQ(lab_.del(at("virtualNetworks/net")).status, 204);
  EXPECT_EQ(lab_.get(at("virtualNetworks/net")).status, 404);
}

TEST_F(NetworksTest, ImpossibleRequestsAreRefused) {
  EXPECT_EQ(put("-net").status, 400);
  EXPECT_EQ(put("net", R"({"name":"a"})").status, 400);
  EXPECT_EQ(put("net", R"({"properties":{"addressPrefix":"10.0.0.0/24"}})").status, 400);
  EXPECT_EQ(put("net", R"({"name":"a","properties":{"addressPrefix":"x"}},{"name":"A","properties":{"addressPrefix":)"
                       R"("y"}})")
                .status,
            400);
  EXPECT_EQ(lab_.put(at("virtualNetworks/net"), R"({"location":"westeurope"})").status, 400);
  EXPECT_EQ(lab_.put(at("virtualNetworks/net"), R"({"location":"nowhere"})").status, 400);
  ASSERT_EQ(put("net").status, 201);
  EXPECT_EQ(lab_.put(at("virtualNetworks/net"),
                     R"({"location":"eastus","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]}}})")
                .status,
            409);
  EXPECT_EQ(lab_.put(at("virtualNetworks/net/subnets/more"), "{}").status, 501);
  EXPECT_EQ(lab_.del(at("virtualNetworks/net/subnets/default")).status, 501);
}

TEST_F(NetworksTest, WhatIsNeverThereIsAnEmptyList) {
  for (const auto* type : {"networkInterfaces", "publicIPAddresses", "networkSecurityGroups", "privateEndpoints"}) {
    EXPECT_EQ(lab_.get(at(type)).body, R"({"value":[]})") << type;
  }
}

TEST_F(NetworksTest, DeletingAGroupDeletesItsNetworks) {
  for (int i = 0; i < 205; ++i) {
    ASSERT_EQ(put("net" + std::to_string(i)).status, 201);
  }
  ASSERT_TRUE(networks_.remove_group(arm::ArmFixture::kSubscription, "RG", {}));
  EXPECT_EQ(lab_.get(at("virtualNetworks")).body, R"({"value":[]})");
}

TEST(NetworkProvider, TheTableIsSoundAndItsPageIsCurrent) {
  EXPECT_EQ(arm::compare_golden(arm::document_file(kNetworkProvider), arm::document(kNetworkProvider)), "");
}

}  // namespace
}  // namespace quaymaster::network
