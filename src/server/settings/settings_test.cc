#include "server/settings/settings.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace quaymaster::server {
namespace {

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() : file_(Path(testing::TempDir()) / fmt::format("settings-{}.toml", ::getpid())) {}
  ~SettingsTest() override { std::filesystem::remove(file_); }

  Result<Settings> load_with(const Values& flags, const std::string& toml, const Values& environment) {
    Values with = flags;
    if (!toml.empty()) {
      std::ofstream(file_) << toml;
      with.emplace("config", file_.native());
    }
    return load(disk_, with, [&](const char* name) -> const char* {
      const auto found = environment.find(name);
      return found == environment.end() ? nullptr : found->second.c_str();
    });
  }

  SystemDisk disk_;
  Path file_;
};

struct Precedence {
  const char* what;
  Values flags, environment;
  std::string toml;
  std::uint16_t arm_port;
};

TEST_F(SettingsTest, FlagsWinOverEnvironmentOverFileOverDefault) {
  const Precedence cases[] = {
      {"default", {}, {}, "", 8443},
      {"file", {}, {}, "arm-port = 1", 1},
      {"environment", {}, {{"QUAYMASTER_ARM_PORT", "2"}}, "arm-port = 1", 2},
      {"flag", {{"arm-port", "3"}}, {{"QUAYMASTER_ARM_PORT", "2"}}, "arm-port = 1", 3},
      {"flag over file", {{"arm-port", "3"}}, {}, "arm-port = 1", 3},
  };
  for (const auto& c : cases) {
    const auto settings = load_with(c.flags, c.toml, c.environment);
    ASSERT_TRUE(settings) << c.what << settings.error().cause();
    EXPECT_EQ(settings.value().arm_port, c.arm_port) << c.what;
  }
}

TEST_F(SettingsTest, ReadsEveryType) {
  const auto settings = load_with({{"data", "/d"}},
                                  "profile = 'test'\nblob-tls = true\nhost = ['a.example', '10.0.0.1']\n"
                                  "blob-domain = 'x, y'\nthreads = 7\n",
                                  {});
  ASSERT_TRUE(settings) << settings.error().cause();
  EXPECT_TRUE(settings.value().is_test());
  EXPECT_TRUE(settings.value().blob_tls);
  EXPECT_EQ(settings.value().host, (std::vector<std::string>{"a.example", "10.0.0.1"}));
  EXPECT_EQ(settings.value().blob_domain, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(settings.value().threads, 7U);
  EXPECT_EQ(settings.value().dock, "/d/dock");
}

TEST_F(SettingsTest, TheFileMayBeNamedByTheEnvironment) {
  std::ofstream(file_) << "region = 'EAST'";
  const auto settings = load_with({}, "", {{"QUAYMASTER_CONFIG", file_.native()}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings.value().region, "EAST");
}

struct Refused {
  Values flags;
  std::string toml;
  const char* named;  // the setting named by the cause
};

TEST_F(SettingsTest, RefusalsNameTheSetting) {
  const Refused cases[] = {
      {{{"arm-port", "65536"}}, "", "arm-port"},
      {{{"arm-port", "-1"}}, "", "arm-port"},
      {{{"arm-port", "8443x"}}, "", "arm-port"},
      {{{"blob-tls", "yes"}}, "", "blob-tls"},
      {{{"profile", "prod"}}, "", "profile"},
      {{{"data", ""}}, "", "data"},
      {{{"profile", "test"}, {"address", "0.0.0.0"}}, "", "test-remote"},
      {{}, "arm-prot = 1", "arm-prot"},
      {{}, "config = 'x'", "config"},
      {{}, "arm-port = 1.5", "arm-port"},
      {{}, "host = ['a,b']", "host"},
      {{}, "host = [1]", "host"},
      {{}, "[data]", "data"},
      {{}, "data = ", "line 1"},
  };
  for (const auto& [flags, toml, named] : cases) {
    const auto settings = load_with(flags, toml, {});
    ASSERT_FALSE(settings) << named;
    EXPECT_EQ(settings.error().kind(), Errc::invalid) << named;
    EXPECT_NE(settings.error().cause().find(named), std::string::npos) << settings.error().cause();
  }
  const auto missing = load_with({{"config", "/does/not/exist"}}, "", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), Errc::not_found);
}

TEST_F(SettingsTest, TestProfileElsewhereNeedsAnExplicitSetting) {
  EXPECT_TRUE(load_with({{"profile", "test"}, {"address", "0.0.0.0"}, {"test-remote", "true"}}, "", {}));
  EXPECT_TRUE(load_with({{"profile", "test"}, {"address", "::1"}}, "", {}));
}

TEST(Settings, WhatIsKeptFreeIsANumberOrOnePercent) {
  const auto floor = [](const char* text, std::uint64_t total) {
    const Values flags{{"data", "/d"}, {"keep-free", text}};
    return resolve(std::span(&flags, 1)).value().floor_of(total);
  };
  EXPECT_EQ(floor("auto", 50 * kGiB), 50 * kGiB / 100);
  EXPECT_EQ(floor("0", 50 * kGiB), 0u);
  EXPECT_EQ(floor("300", 50 * kGiB), 300 * kMiB);
  for (const char* text : {"", "much", "-1", "1048577", "10%"}) {
    const Values flags{{"keep-free", text}};
    const auto refused = resolve(std::span(&flags, 1));
    ASSERT_FALSE(refused) << text;
    EXPECT_TRUE(refused.error().cause().starts_with("keep-free: ")) << refused.error().cause();
  }
  const Values throwaway{{"profile", "test"}};
  EXPECT_EQ(resolve(std::span(&throwaway, 1)).value().floor_of(50 * kGiB), 0u) << "there is nothing to survive";
}

TEST(Settings, AnIssuerNeedsItsCompanions) {
  Values given{{"openid-issuer", "https://i"}, {"openid-audience", "a"}};
  EXPECT_EQ(resolve(std::span(&given, 1)).error().kind(), Errc::invalid) << "without keys nothing can be verified";
  given["openid-keys"] = "keys.json";
  EXPECT_TRUE(resolve(std::span(&given, 1)));
  given["openid-audience"] = "";
  EXPECT_FALSE(resolve(std::span(&given, 1))) << "a token for anybody is a token for nobody";
}

/// The text of doc/configuration.md around this table is written by hand. GOLDEN_UPDATE=1 puts the current table into
/// the page.
TEST_F(SettingsTest, ThePageHoldsTheTable) {
  const Path page = Path(QM_SOURCE_DIR) / "doc/configuration.md";
  std::stringstream read;
  read << std::ifstream(page).rdbuf();
  auto text = read.str();
  constexpr std::string_view kBegin = "<!-- settings -->\n";
  constexpr std::string_view kEnd = "<!-- end of settings -->";
  const auto begin = text.find(kBegin) + kBegin.size();
  const auto end = text.find(kEnd);
  ASSERT_NE(end, std::string::npos);
  if (std::getenv("GOLDEN_UPDATE") != nullptr) {
    text.replace(begin, end - begin, settings_table());
    std::ofstream(page) << text;
    return;
  }
  EXPECT_EQ(text.substr(begin, end - begin), settings_table()) << "GOLDEN_UPDATE=1 updates doc/configuration.md";
}

}  // namespace
}  // namespace quaymaster::server
