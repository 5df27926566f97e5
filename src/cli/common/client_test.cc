#include "cli/common/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/server/fixture.h"

namespace quaymaster::cli {
namespace {

using testing::HasSubstr;

const char* no_environment(const char*) {
  return nullptr;
}

TEST(Client, SignsInAndReadsErrorsOfARealServer) {
  server::ServerFixture fixture;
  fixture.start();
  Arguments arguments;
  arguments.add("data", fixture.data().native());
  Client client(find_connection(arguments, fixture.disk(), &no_environment).value());
  const auto missing = client.call("GET",
                                   "/subscriptions/5b5b5b5b-0000-4000-8000-000000000009/resourcegroups/x"
                                   "?api-version=2021-04-01");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), Errc::not_found) << missing.error().cause();
  fixture.clock().advance(std::chrono::hours{2});
  const auto later = client.call("GET", "/nowhere?api-version=2021-04-01");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind(), Errc::not_found) << "a token that ran out is replaced: " << later.error().cause();
}

TEST(ServerDirectory, IsThatOfTheShellsServer) {
  server::ServerFixture fixture;
  const auto& endpoints = fixture.start().endpoints();
  const std::map<std::string, std::string> variables{{"QUAYMASTER_URL", endpoints.arm},
                                                     {"QUAYMASTER_CA", endpoints.authority}};
  const auto lookup = [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  EXPECT_EQ(server_directory({}, fixture.disk(), lookup).value(), fixture.data());
  Arguments other;
  other.add("data", "/does/not/exist");
  EXPECT_EQ(server_directory(other, fixture.disk(), lookup).value(), "/does/not/exist");
}

TEST(Metrics, OfAWholeServerTellJobsConnectionsAndRequests) {
  server::ServerFixture fixture;
  const auto& endpoints = fixture.start().endpoints();
  const auto address = parse_address(endpoints.arm).value();
  ASSERT_EQ(https_exchange(address, endpoints.authority, "GET", "/readyz", {}, "").value().status, 200);
  const auto text = https_exchange(address, endpoints.authority, "GET", "/metrics", {}, "").value().body;
  for (const char* line : {"quaymaster_jobs{state=\"queued\"} 0\n", "quaymaster_jobs{state=\"paused\"} 0\n",
                           "quaymaster_http_requests_total{face=\"health\",status=\"200\"} 1\n",
                           "quaymaster_http_connections ", "process_resident_memory_bytes "}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Client, AWrongSecretIsNoToken) {
  server::ServerFixture fixture;
  fixture.start();
  Arguments arguments;
  arguments.add("data", fixture.data().native());
  auto connection = find_connection(arguments, fixture.disk(), &no_environment).value();
  connection.secret += "x";
  const auto refused = Client(connection).call("GET", "/subscriptions?api-version=2021-04-01");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Errc::unauthenticated);
  EXPECT_EQ(refused.error().cause().find(connection.secret), std::string::npos);
}

TEST(SegmentAfter, TakesIdsInAnyCase) {
  const std::string id = "/Subscriptions/s/resourcegroups/My-Group/providers/Microsoft.RecoveryServices/vaults/V";
  EXPECT_EQ(segment_after(id, "resourceGroups"), "My-Group");
  EXPECT_EQ(segment_after(id, "vaults"), "V");
  EXPECT_EQ(segment_after(id, "backupJobs"), "");
  EXPECT_EQ(segment_after(id, "Groups"), "") << "a whole word";
  EXPECT_EQ(segment_after("", "vaults"), "");
}

TEST(FindConnection, SaysHowToStartAServer) {
  SystemDisk disk;
  Arguments arguments;
  arguments.add("data", "/does/not/exist");
  const auto missing = find_connection(arguments, disk, &no_environment);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().cause(), HasSubstr("quaymaster serve --data /does/not/exist"));
}

TEST(FindConnection, WaitsForAServerThatIsJustStarting) {
  server::ServerFixture fixture;
  int waited = 0;
  const auto found = connection_soon(fixture.disk(), fixture.data(), [&](int times) {
    waited = times;
    if (times == 2) {
      fixture.start();
    }
    return true;
  });
  ASSERT_TRUE(found);
  EXPECT_EQ(waited, 2);
  const auto never = connection_soon(fixture.disk(), "/does/not/exist", [](int times) { return times < 3; });
  ASSERT_FALSE(never);
  EXPECT_THAT(never.error().cause(), HasSubstr("quaymaster serve --data /does/not/exist"));
}

TEST(FindConnection, TakesTheEnvironmentThatEnvPrints) {
  SystemDisk disk;
  const std::map<std::string, std::string> variables{
      {"QUAYMASTER_URL", "https://h:1"}, {"SSL_CERT_FILE", "/ca.pem"}, {"AZURE_TENANT_ID", "t"},
      {"AZURE_SUBSCRIPTION_ID", "s"},    {"AZURE_CLIENT_ID", "c"},     {"AZURE_CLIENT_SECRET", "x"},
  };
  const auto lookup = [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  const auto connection = find_connection({}, disk, lookup).value();
  EXPECT_EQ(connection.url, "https://h:1");
  EXPECT_EQ(connection.subscription, "s");
  auto with_ca = variables;
  with_ca["QUAYMASTER_CA"] = "/own.pem";
  const auto own = find_connection({}, disk, [&](const char* name) -> const char* {
    const auto found = with_ca.find(name);
    return found == with_ca.end() ? nullptr : found->second.c_str();
  });
  EXPECT_EQ(own.value().authority, "/own.pem");
  const auto elsewhere = server_directory({}, disk, lookup);
  ASSERT_FALSE(elsewhere) << "the server of this shell does not run here";
  EXPECT_THAT(elsewhere.error().cause(), testing::AllOf(HasSubstr("https://h:1"), HasSubstr("--data")));
  const auto half = find_connection(
      {}, disk, [](const char* name) { return std::string_view(name) == "QUAYMASTER_URL" ? "https://h:1" : nullptr; });
  EXPECT_EQ(half.error().kind(), Errc::invalid);
}

}  // namespace
}  // namespace quaymaster::cli
