#include "standin/seeds/seed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "testing/server/fixture.h"

namespace quaymaster::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kToml = R"(location = "westus"

[[resourceGroups]]
name = "rg"
tags = { site = "one" }

[[resources]]
type = "Microsoft.Storage/storageAccounts"
resourceGroup = "rg"
name = "photos"
location = "northeurope"
kind = "StorageV2"
sku = { name = "Standard_LRS" }

[[resources]]
type = "Microsoft.RecoveryServices/vaults"
apiVersion = "2024-04-01"
resourceGroup = "rg"
name = "v1"
sku = { name = "Standard" }
properties = {}
)";
constexpr std::string_view kJson = R"({
  "location": "westus",
  "resourceGroups": [ { "name": "rg", "tags": { "site": "one" } } ],
  "resources": [
    { "type": "Microsoft.Storage/storageAccounts", "resourceGroup": "rg", "name": "photos",
      "location": "northeurope", "kind": "StorageV2", "sku": { "name": "Standard_LRS" } },
    { "type": "Microsoft.RecoveryServices/vaults", "apiVersion": "2024-04-01", "resourceGroup": "rg",
      "name": "v1", "sku": { "name": "Standard" }, "properties": {} }
  ]
})";

TEST(SeedFile, BothLanguagesSayTheSame) {
  for (const auto& [text, file] : {std::pair{kToml, "s.toml"}, {kJson, "s.json"}}) {
    const auto seed = parse_seed(text, file);
    ASSERT_TRUE(seed) << seed.error().cause();
    ASSERT_EQ(seed.value().size(), 3u);
    const auto& [group, account, vault] = std::tie(seed.value()[0], seed.value()[1], seed.value()[2]);
    EXPECT_EQ(group.path, "/resourceGroups/rg");
    EXPECT_EQ(group.type, "");
    EXPECT_THAT(group.body, StartsWith(R"({"location":"westus")"));
    EXPECT_EQ(account.path, "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/photos");
    EXPECT_THAT(account.body, testing::Not(HasSubstr("westus")));
    EXPECT_EQ(account.api_version, "");
    EXPECT_EQ(vault.api_version, "2024-04-01");
    EXPECT_EQ(vault.where, text == kToml ? "s.toml, line 15, column 1" : "s.json, line 7, column 5");
  }
}

TEST(SeedFile, NestedNamesFollowTheirTypes) {
  const auto seed = parse_seed("[[resources]]\ntype='A.B/vaults/policies'\nresourceGroup='g'\nname='v 1/p'\n", "x");
  ASSERT_TRUE(seed) << seed.error().cause();
  EXPECT_EQ(seed.value().front().path, "/resourceGroups/g/providers/A.B/vaults/v%201/policies/p");
}

TEST(SeedFile, SaysWhereItIsWrong) {
  struct Case {
    std::string_view file, text, says;
  };
  const Case cases[] = {
      {"s.toml", "a = ", "s.toml, line 1, column 5: "},
      {"s.toml", "\nvaults = []", "s.toml, line 2, column 1: a seed has"},
      {"s.toml", "location = 1", "s.toml, line 1, column 12: location must be a string"},
      {"s.toml", "resources = 'x'", "line 1, column 13: expected a list"},
      {"s.toml", "resources = [1]", "line 1, column 14: expected a table"},
      {"s.toml", "[[resourceGroups]]\n[[resources]]\nname='a'", "line 1, column 1: 'name' is missing"},
      {"s.toml", "[[resources]]\nname='a'", "'type' is missing"},
      {"s.toml", "[[resources]]\nname='a'\ntype='A/b'", "'resourceGroup' is missing"},
      {"s.toml", "[[resources]]\nname='a'\ntype='b'\nresourceGroup='g'", "type is a provider and a type"},
      {"s.toml", "[[resources]]\nname='a'\ntype='A/b/c'\nresourceGroup='g'", "as many parts as the type"},
      {"s.toml", "[[resources]]\nname='a/'\ntype='A/b/c'\nresourceGroup='g'", "is empty"},
      {"s.toml", "[[resources]]\nname=1", "line 1, column 1: "},
      {"s.json", "", "s.json, line 1, column 1: expected an object"},
      {"s.json", "{\n  \"resources\": [ 1 ]}", "line 2, column 18: expected an object"},
      {"s.json", "{\"resources\":[{\"a\":tru}]}", "line 1, column 20: invalid value"},
      {"s.json", "{\"resources\":[{\"a\":[1,]}]}", "line 1, column 23: expected a value"},
      {"s.json", "{\"resources\":[{\"a\" 1}]}", "line 1, column 20: expected ':'"},
      {"s.json", "{\"resources\":[{\"a\":\"x\n\"}]}", "line 1, column 22: a string must end on its line"},
      {"s.json", "{\"resources\":[{\"a\":\"x", "line 1, column 20: the string is not terminated"},
      {"s.json", "{\"resources\":[{}", "line 1, column 17: expected ',' or ']'"},
      {"s.json", "{\"location\":1}", "location must be a string"},
      {"s.json", "{\"vaults\":[]}", "a seed has"},
      {"s.json", "{} x", "line 1, column 4: unexpected text"},
      {"s.json", "{\"resources\":[{\"name\":\"a\"}]}", "line 1, column 15: 'type' is missing"},
  };
  for (const auto& one : cases) {
    const auto seed = parse_seed(one.text, one.file);
    ASSERT_FALSE(seed) << one.text;
    EXPECT_EQ(seed.error().kind(), Errc::invalid);
    EXPECT_THAT(seed.error().cause(), HasSubstr(one.says)) << one.text;
  }
  EXPECT_FALSE(parse_seed(std::string(100, '['), "s.json"));
  EXPECT_FALSE(parse_seed("{\"resources\":[{\"a\":" + std::string(100, '['), "s.json"));
}

class SeededServer : public testing::Test {
 protected:
  void write(std::string_view text) {
    std::filesystem::create_directories(fixture_.root());
    std::ofstream(file()) << text;
    fixture_.set("profile", "test");
    fixture_.set("seed", file());
  }
  std::string file() const { return (fixture_.root() / "seed.toml").native(); }
  ServerFixture fixture_;
};

TEST_F(SeededServer, RefusesToStartWithASeedThatIsRefused) {
  write(
      "[[resourceGroups]]\nname = 'g'\n\n[[resources]]\ntype = 'Microsoft.RecoveryServices/vaults'\n"
      "resourceGroup = 'nowhere'\nname = 'v1'\nsku = { name = 'Standard' }\nproperties = {}\n");
  const auto refused = fixture_.try_start();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().cause(), HasSubstr("seed.toml, line 4, column 1: 404 ResourceGroupNotFound"));
}

TEST_F(SeededServer, RefusesUnknownProvidersAndMissingFiles) {
  write("[[resources]]\ntype = 'Microsoft.Nothing/things'\nresourceGroup = 'g'\nname = 'x'\n");
  EXPECT_THAT(fixture_.try_start().error().cause(), HasSubstr("there is no type 'Microsoft.Nothing/things'"));
  std::filesystem::remove(file());
  EXPECT_EQ(fixture_.try_start().error().kind(), Errc::not_found);
}

TEST_F(SeededServer, AStandardServerTakesNone) {
  write(kToml);
  fixture_.set("profile", "standard");
  EXPECT_EQ(fixture_.try_start().error().kind(), Errc::invalid);
}

}  // namespace
}  // namespace quaymaster::server
