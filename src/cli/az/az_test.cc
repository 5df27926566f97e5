#include "cli/az/az.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cli/az/az_home.h"

namespace quaymaster::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::Pair;

class AzTest : public testing::Test {
 protected:
  AzTest() : root_(std::filesystem::temp_directory_path() / fmt::format("quaymaster-az-{}", ::getpid())) {
    std::filesystem::remove_all(root_);
    runner_.connection = {"https://localhost:8443", "/ca.pem", "tenant", "subscription", "client", "s~cret"};
    runner_.directory = root_ / "az";
    runner_.run = [this](const Invocation& invocation) -> Result<int> {
      ran_.push_back(invocation);
      return codes_.empty() ? 0 : codes_[ran_.size() - 1];
    };
    runner_.storage_suffix = [](const Connection&) { return Result<std::string>("localhost:8443"); };
  }
  ~AzTest() override { std::filesystem::remove_all(root_); }

  SystemDisk disk_;
  Path root_;
  AzRunner runner_;
  std::vector<Invocation> ran_;
  std::vector<int> codes_;
};

TEST_F(AzTest, PassesCommandsOnUnchanged) {
  codes_ = {3};
  EXPECT_EQ(runner_(disk_, {"backup", "job", "list", "--query", "[?a=='b c']", "--help"}).value(), 3);
  ASSERT_EQ(ran_.size(), 1u);
  EXPECT_THAT(ran_[0].words, ElementsAre("az", "backup", "job", "list", "--query", "[?a=='b c']", "--help"));
  EXPECT_THAT(ran_[0].variables, Contains(Pair("AZURE_CONFIG_DIR", runner_.directory.native())));
  EXPECT_THAT(ran_[0].variables, Contains(Pair("REQUESTS_CA_BUNDLE", "/ca.pem")));
  EXPECT_EQ(ran_[0].input, "");
}

TEST_F(AzTest, LoginRegistersTheCloudAndHidesTheSecret) {
  EXPECT_EQ(runner_(disk_, {"login", "-o", "none"}).value(), 0);
  ASSERT_EQ(ran_.size(), 3u);
  EXPECT_THAT(ran_[0].words, Contains("register"));
  EXPECT_THAT(ran_[0].words, Contains("https://localhost:8443/adfs"));
  EXPECT_THAT(ran_[0].words, Contains("localhost:8443"));
  EXPECT_THAT(ran_[1].words, ElementsAre("az", "cloud", "set", "--name", "Quaymaster", "--only-show-errors"));
  EXPECT_THAT(ran_[2].words, ElementsAre("az", "login", "-o", "none", "--service-principal", "--username", "client",
                                         "--password", "@-", "--tenant", "tenant"));
  EXPECT_EQ(ran_[2].input, "s~cret");
  for (const auto& one : ran_) {
    EXPECT_THAT(one.words, Not(Contains("s~cret")));
  }
}

TEST_F(AzTest, LoginAgainUpdatesTheCloudAndForgetsOldAddresses) {
  ASSERT_TRUE(make_az_directory(disk_, runner_.directory));
  const auto clouds = as_bytes("[Quaymaster]\nendpoint_resource_manager = https://localhost:1\n");
  ASSERT_TRUE(replace_file(disk_, runner_.directory / "clouds.config", clouds));
  ASSERT_TRUE(replace_file(disk_, runner_.directory / "msal_http_cache.bin", as_bytes("old")));
  EXPECT_EQ(runner_(disk_, {"login"}).value(), 0);
  EXPECT_THAT(ran_[0].words, Contains("update"));
  EXPECT_FALSE(std::filesystem::exists(runner_.directory / "msal_http_cache.bin"));
}

TEST_F(AzTest, LoginAsAnotherIdentityIsLeftToAz) {
  EXPECT_EQ(runner_(disk_, {"login", "--username=me", "--password", "x"}).value(), 0);
  EXPECT_THAT(ran_[2].words, ElementsAre("az", "login", "--username=me", "--password", "x"));
  EXPECT_EQ(ran_[2].input, "");
}

TEST_F(AzTest, LoginStopsWhereAStepFails) {
  codes_ = {1};
  EXPECT_EQ(runner_(disk_, {"login"}).value(), 1);
  EXPECT_EQ(ran_.size(), 1u);
}

TEST_F(AzTest, TheDirectoryIsPrivateToItsOwner) {
  ASSERT_TRUE(make_az_directory(disk_, runner_.directory));
  struct stat status{};
  ASSERT_EQ(::stat(runner_.directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_TRUE(std::filesystem::exists(az_python(runner_.directory) / "sitecustomize.py"));
}

TEST(AzDirectory, IsBelowTheUsersStateAndBelongsToOneServer) {
  Connection connection;
  const auto with = [&](std::map<std::string, const char*> variables) {
    return az_directory(
        [variables](const char* name) {
          const auto found = variables.find(name);
          return found == variables.end() ? nullptr : found->second;
        },
        connection);
  };
  connection.tenant = "t";
  connection.authority = "/data/tls/ca.pem";
  EXPECT_EQ(with({{"HOME", "/home/u"}}).value(), "/home/u/.local/state/quaymaster/az/t-c3ae2eb2");
  EXPECT_EQ(with({{"HOME", "/home/u"}, {"XDG_STATE_HOME", "/s"}}).value(), "/s/quaymaster/az/t-c3ae2eb2");
  EXPECT_EQ(with({{"HOME", "/home/u"}, {"XDG_STATE_HOME", "relative"}}).value(),
            "/home/u/.local/state/quaymaster/az/t-c3ae2eb2");
  EXPECT_EQ(with({}).error().kind(), Errc::invalid);
  const auto one = with({{"HOME", "/home/u"}}).value();
  connection.authority = "/other/tls/ca.pem";
  EXPECT_NE(with({{"HOME", "/home/u"}}).value(), one) << "another server of the same tenant";
}

TEST(AzVariables, ThePythonPathIsExtendedOnce) {
  const auto path = [](std::string_view before) {
    for (auto& [name, value] : az_variables({}, "/d", before)) {
      if (name == "PYTHONPATH") {
        return value;
      }
    }
    return std::string();
  };
  EXPECT_EQ(path(""), "/d/python");
  EXPECT_EQ(path("/mine"), "/d/python:/mine");
  EXPECT_EQ(path("/d/python:/mine"), "/d/python:/mine");
}

TEST(Child, RunsWithVariablesAndInput) {
  Invocation invocation{{"sh", "-c", "read line; test \"$line\" = secret && test \"$QM_A\" = 'b c' && exit 7"},
                        {{"QM_A", "b c"}},
                        "secret"};
  EXPECT_EQ(run_child(invocation).value(), 7);
  EXPECT_EQ(run_child({{"sh", "-c", "kill -9 $$"}, {}, ""}).value(), 137);
  EXPECT_EQ(child_output({"sh", "-c", "cat; echo no >&2; echo yes; exit 3"}).value(), "yes\n");
  EXPECT_EQ(child_output({"quaymaster-no-such-program"}).error().kind(), Errc::not_found);
  EXPECT_EQ(run_child({{"quaymaster-no-such-program"}, {}, ""}).error().kind(), Errc::not_found);
  EXPECT_EQ(run_child({{"true"}, {}, std::string(5000, 'x')}).error().kind(), Errc::too_large);
}

}  // namespace
}  // namespace quaymaster::cli
