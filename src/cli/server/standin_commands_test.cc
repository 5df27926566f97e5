// The commands of the test profile against a complete server, and a standard server's answers to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/common/client.h"
#include "cli/server/commands.h"
#include "testing/server/fixture.h"

namespace quaymaster::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class StandinCommands : public testing::Test {
 protected:
  void start(const char* profile) {
    fixture_.set("profile", profile);
    fixture_.start();
    client_.emplace(
        find_connection(arguments({}), fixture_.disk(), [](const char*) -> const char* { return nullptr; }).value());
  }
  Arguments arguments(const std::vector<std::pair<std::string, std::string>>& given) {
    Arguments all;
    all.add("data", fixture_.data().native());
    for (const auto& [name, value] : given) {
      all.add(name, value);
    }
    return all;
  }
  /// What the command prints; for an error, its cause.
  std::string run(std::string_view words, const std::vector<std::pair<std::string, std::string>>& given = {}) {
    std::string out;
    const Terminal terminal{[&](std::string_view text) { out += text; }, [](std::string_view) {}};
    for (const auto& command : standin_commands()) {
      if (command.words == words) {
        Terminal own = terminal;
        const auto code = command.run(arguments(given), own);
        return code ? out : "error " + code.error().cause();
      }
    }
    return fmt::format("no command {}", words);
  }
  /// The status of a request that may be refused.
  std::string ask(std::string_view method, const std::string& path, const std::string& body = "") {
    const auto answer = client_->exchange(method, path, body);
    return answer ? std::to_string(answer.value().status) : answer.error().cause();
  }
  std::string group(std::string_view name) const {
    return fmt::format("/subscriptions/{}/resourceGroups/{}?api-version=2021-04-01", client_->connection().subscription,
                       name);
  }

  server::ServerFixture fixture_;
  std::optional<Client> client_;
};

TEST_F(StandinCommands, AStandardServerHasNoneOfIt) {
  start("standard");
  for (const auto& command : standin_commands()) {
    EXPECT_THAT(run(command.words, {{"TIME", "2027-01-01T00:00:00Z"},
                                    {"DURATION", "PT1H"},
                                    {"FACTOR", "2"},
                                    {"JSON", R"({"name":"x","request":{},"status":500})"},
                                    {"NAME", "x"}}),
                StartsWith("error NotFound: "))
        << command.words;
  }
  EXPECT_EQ(ask("PUT", group("g"), R"({"location":"westeurope"})"), "201") << "and nothing was steered";
}

TEST_F(StandinCommands, ControlTheClock) {
  start("test");
  EXPECT_THAT(run("clock set", {{"TIME", "2030-01-01T00:00:00Z"}}), StartsWith(R"({"now":"2030-01-01T00:00:00Z")"));
  EXPECT_THAT(run("clock advance", {{"DURATION", "P14DT1H"}}), HasSubstr("2030-01-15T01:00:00Z"));
  EXPECT_THAT(run("clock freeze"), HasSubstr(R"("frozen":true)"));
  EXPECT_THAT(run("clock run"), HasSubstr(R"("frozen":false)"));
  EXPECT_THAT(run("clock scale", {{"FACTOR", "60"}}), HasSubstr(R"("scale":60)"));
  EXPECT_THAT(run("clock scale", {{"FACTOR", "1e9"}}), StartsWith("error"));
  EXPECT_THAT(run("clock set", {{"TIME", "tomorrow"}}), StartsWith("error InvalidRequest: "));
  // Earlier sign-ins stay valid: tokens are by the machine's time.
  EXPECT_EQ(ask("PUT", group("g"), R"({"location":"westeurope"})"), "201");
  EXPECT_THAT(run("clock follow"), HasSubstr(format_time_short(fixture_.clock().now())));
}

TEST_F(StandinCommands, OrderFaultsOfRequests) {
  start("test");
  EXPECT_THAT(run("fault add", {{"JSON", R"({"name":"busy","request":{"method":"PUT","path":"*/RESOURCEGROUPS/*"},)"
                                         R"("status":429,"code":"TooMany","retryAfter":3,"skip":1,"times":2})"}}),
              HasSubstr("busy"));
  const std::string body = R"({"location":"westeurope"})";
  EXPECT_EQ(ask("PUT", group("a"), body), "201");
  EXPECT_THAT(ask("PUT", group("b"), body), StartsWith("TooMany"));
  EXPECT_EQ(ask("GET", group("a")), "200");
  EXPECT_THAT(ask("PUT", group("b"), body), StartsWith("TooMany"));
  EXPECT_EQ(ask("PUT", group("b"), body), "201");
  EXPECT_THAT(run("fault list"), HasSubstr(R"("met":2)"));
  EXPECT_THAT(run("log"), HasSubstr("as ordered by the fault 'busy'"));
  run("fault add", {{"JSON", R"({"name":"all","request":{},"status":500,"times":100})"}});
  EXPECT_EQ(run("fault clear"), "{}\n") << "although no token was to be had";
  EXPECT_EQ(run("fault list"), "{\"value\":[]}\n");
  EXPECT_THAT(run("fault remove", {{"NAME", "busy"}}), StartsWith("error NotFound"));
}

TEST_F(StandinCommands, OrderFaultsOfSteps) {
  start("test");
  run("fault add",
      {{"JSON", R"({"name":"f","step":{"kind":"resources.delete_group","step":"remove_group"},"code":"Ordered"})"}});
  EXPECT_EQ(ask("PUT", group("a"), R"({"location":"westeurope"})"), "201");
  const auto accepted = client_->exchange("DELETE", group("a"));
  ASSERT_TRUE(accepted) << accepted.error().cause();
  ASSERT_EQ(accepted.value().status, 202);
  const auto poll = path_of_link(accepted.value().header("location"));
  // Held reads: the second read returns when the job has ended, however short that time is.
  const auto ended = client_->exchange("GET", poll, "", {"Prefer: wait=20"});
  EXPECT_FALSE(ended) << ended.value().status << " " << ended.value().body;
  EXPECT_THAT(ended ? "" : ended.error().cause(), HasSubstr("This failure was ordered"));
  EXPECT_EQ(ask("GET", group("a")), "200");
}

TEST_F(StandinCommands, StatesComeBackAndTokensOutliveThem) {
  start("test");
  const std::string body = R"({"location":"westeurope"})";
  EXPECT_EQ(ask("PUT", group("before"), body), "201");
  EXPECT_THAT(run("state save", {{"NAME", "one"}}), StartsWith(R"({"name":"one","format":1,)"));
  EXPECT_EQ(ask("PUT", group("after"), body), "201");
  EXPECT_THAT(run("state list"), HasSubstr(R"("name":"one")"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(run("state load", {{"NAME", "one"}}), StartsWith(R"({"name":"one")"));
    EXPECT_EQ(ask("GET", group("before")), "200") << "with the token from before the load";
    EXPECT_THAT(ask("GET", group("after")), StartsWith("ResourceGroupNotFound"));
    EXPECT_EQ(ask("PUT", group("after"), body), "201") << "and everything works";
  }
  EXPECT_EQ(run("state reset"), "{}\n");
  EXPECT_THAT(ask("GET", group("before")), StartsWith("ResourceGroupNotFound"));
  EXPECT_EQ(ask("GET", group("emulator")), "200") << "what every test server has";
  EXPECT_EQ(run("state delete", {{"NAME", "one"}}), "{}\n");
  EXPECT_THAT(run("state load", {{"NAME", "one"}}), StartsWith("error NotFound"));
  for (const char* name : {"../x", ".x", "a/b", "a b"}) {
    for (const char* words : {"state save", "state load", "state delete"}) {
      EXPECT_THAT(run(words, {{"NAME", name}}), StartsWith("error InvalidRequest")) << words << " " << name;
    }
  }
}

TEST_F(StandinCommands, ASeedIsThereFromTheStartAndAfterAReset) {
  std::filesystem::create_directories(fixture_.root());
  const auto file = fixture_.root() / "seed.json";
  std::ofstream(file) << R"({"resourceGroups":[{"name":"lab"}],"resources":[
      {"type":"Microsoft.RecoveryServices/vaults","resourceGroup":"lab","name":"v1","sku":{"name":"Standard"},
       "properties":{}},
      {"type":"Microsoft.RecoveryServices/vaults/backupPolicies","resourceGroup":"lab","name":"v1/nightly",
       "properties":{"backupManagementType":"AzureIaasVM","timeZone":"UTC",
        "schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily",
         "scheduleRunTimes":["2026-01-01T22:30:00Z"]},
        "retentionPolicy":{"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":{
         "retentionTimes":["2026-01-01T22:30:00Z"],"retentionDuration":{"count":30,"durationType":"Days"}}}}}]})";
  fixture_.set("seed", file.native());
  start("test");
  const auto policy = fmt::format(
      "/subscriptions/{}/resourceGroups/lab/providers/Microsoft.RecoveryServices/vaults/v1/backupPolicies/nightly"
      "?api-version=2024-04-01",
      client_->connection().subscription);
  EXPECT_EQ(ask("GET", policy), "200");
  EXPECT_EQ(ask("DELETE", policy), "200");
  EXPECT_EQ(run("state reset"), "{}\n");
  EXPECT_EQ(ask("GET", policy), "200");
  EXPECT_EQ(ask("DELETE", policy), "200");
  fixture_.stop();
  fixture_.start();
  client_.emplace(
      find_connection(arguments({}), fixture_.disk(), [](const char*) -> const char* { return nullptr; }).value());
  EXPECT_NE(ask("GET", policy), "200") << "a data directory that has been started before is left as it is";
}

TEST_F(StandinCommands, AStateOfOneServerIsLoadedByAnother) {
  const auto shared = (fixture_.root() / "shared").native();
  fixture_.set("states", shared);
  start("test");
  EXPECT_EQ(ask("PUT", group("mine"), R"({"location":"westeurope"})"), "201");
  EXPECT_THAT(run("state save", {{"NAME", "prepared"}}), StartsWith("{"));
  server::ServerFixture other;
  other.set("profile", "test");
  other.set("states", shared);
  other.start();
  Arguments there;
  there.add("data", other.data().native());
  Client client(find_connection(there, other.disk(), [](const char*) -> const char* { return nullptr; }).value());
  EXPECT_FALSE(client.call("GET", group("mine")));
  EXPECT_TRUE(client.call("POST", "/_quaymaster/state/prepared/load"));
  EXPECT_TRUE(client.call("GET", group("mine")));
}

}  // namespace
}  // namespace quaymaster::cli
