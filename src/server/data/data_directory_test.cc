#include "server/data/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "testing/base/failing_disk.h"

namespace quaymaster::server {
namespace {

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() : root_(Path(testing::TempDir()) / fmt::format("data-{}", ::getpid())) {
    std::filesystem::remove_all(root_);
    const Values flags{{"data", root_.native()}};
    settings_ = resolve(std::span(&flags, 1)).value();
  }
  ~DataDirectoryTest() override { std::filesystem::remove_all(root_); }

  Result<DataDirectory> open() { return DataDirectory::open(disk_, settings_); }
  std::string text(const char* name) {
    std::stringstream read;
    read << std::ifstream(root_ / name).rdbuf();
    return read.str();
  }
  int mode(const Path& name) {
    struct stat status{};
    EXPECT_EQ(::stat((root_ / name).c_str(), &status), 0) << name;
    return static_cast<int>(status.st_mode & 0777);
  }

  SystemDisk disk_;
  SystemRandom random_;
  Path root_;
  Settings settings_;
  const Time now_ = parse_time("2026-11-23T05:29:30Z").value();
};

TEST_F(DataDirectoryTest, TheFirstStartMakesWhatTheSecondKeeps) {
  std::string authority;
  std::string server;
  Administrator administrator;
  {
    auto first = open().value();
    EXPECT_TRUE(first.is_new());
    server = first.tls(now_).value().certificate;
    administrator = first.administrator(random_).value();
    authority = text("tls/ca.pem");
    EXPECT_TRUE(server.ends_with(authority)) << "the whole chain is sent";
  }
  EXPECT_EQ(mode(""), 0700);
  for (const char* name : {"tls/ca.key", "tls/server.key", "administrator.json"}) {
    EXPECT_EQ(mode(name), 0600) << name;
  }
  auto second = open().value();
  EXPECT_FALSE(second.is_new());
  EXPECT_EQ(second.tls(now_).value().certificate, server);
  EXPECT_EQ(second.administrator(random_).value().secret, administrator.secret);
  EXPECT_EQ(text("tls/ca.pem"), authority);
}

TEST_F(DataDirectoryTest, ASecondProcessIsRefused) {
  const auto first = open().value();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), Errc::busy);
  EXPECT_NE(second.error().cause().find(std::to_string(::getpid())), std::string::npos) << "names the holder";
}

TEST_F(DataDirectoryTest, ProfilesDoNotMix) {
  for (const auto& [made, opened] : {std::pair("standard", "test"), std::pair("test", "standard")}) {
    std::filesystem::remove_all(root_);
    settings_.profile = made;
    ASSERT_TRUE(open());
    settings_.profile = opened;
    const auto other = open();
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind(), Errc::conflict);
  }
}

TEST_F(DataDirectoryTest, TheServerCertificateIsRenewedByTheSameAuthority) {
  auto directory = open().value();
  const auto first = directory.tls(now_).value().certificate;
  const auto authority = text("tls/ca.pem");
  EXPECT_EQ(directory.tls(now_ + std::chrono::days{365}).value().certificate, first);
  const auto later = directory.tls(now_ + std::chrono::days{370}).value().certificate;
  EXPECT_NE(later, first);
  EXPECT_TRUE(http::is_issued_by(later, authority));
}

TEST_F(DataDirectoryTest, ANewHostGetsIntoTheCertificate) {
  const auto before = open().value().tls(now_).value().certificate;
  settings_.host = {"backup.example.net"};
  const auto after = open().value().tls(now_).value().certificate;
  EXPECT_NE(after, before);
  EXPECT_EQ(http::certificate_hosts(after).value(),
            (std::vector<std::string>{"backup.example.net", "localhost", "127.0.0.1", "::1", "*.blob.localhost"}));
}

TEST_F(DataDirectoryTest, AnswersToTheNamesOfItsCertificateButNotToThoseOfStorageAccounts) {
  settings_.host = {"backup.example.net"};
  settings_.address = "192.0.2.7";
  const auto ours = host_names(settings_, open().value().tls(now_).value().certificate);
  for (const char* host : {"backup.example.net:8443", "192.0.2.7", "localhost", "127.0.0.1:1", "[::1]:1"}) {
    EXPECT_TRUE(ours.has(host)) << host;
  }
  for (const char* host : {"account.blob.localhost", "storage.azure.com", "0.0.0.0", "192.0.2.8"}) {
    EXPECT_FALSE(ours.has(host)) << host;
  }
  const auto other = http::make_authority("somebody", {"elsewhere", "quay.example.org", "127.0.0.1"}, now_).value();
  const auto own = http::issue_certificate(other, {"quay.example.org", "*.blob.localhost"}, now_).value();
  EXPECT_TRUE(host_names(settings_, own.certificate).has("quay.example.org"));
  EXPECT_FALSE(host_names(settings_, own.certificate).has("account.blob.localhost"));
}

TEST_F(DataDirectoryTest, TheAuthorityIsForTheServersNamesAndMadeAgainForOthers) {
  ASSERT_TRUE(open().value().tls(now_));
  const auto first = text("tls/ca.pem");
  EXPECT_TRUE(http::may_issue_for(first, certificate_names(settings_)));
  EXPECT_FALSE(http::may_issue_for(first, {"login.microsoftonline.com"}));
  settings_.blob_domain = {"blob.localhost", "store.localhost"};
  ASSERT_TRUE(open().value().tls(now_));
  EXPECT_EQ(text("tls/ca.pem"), first) << "below a name that it is for";
  settings_.host = {"backup.example.net"};
  const auto chain = open().value().tls(now_).value().certificate;
  EXPECT_NE(text("tls/ca.pem"), first);
  EXPECT_TRUE(http::is_issued_by(chain, text("tls/ca.pem")));
  EXPECT_TRUE(http::may_issue_for(text("tls/ca.pem"), {"backup.example.net", "localhost", "127.0.0.1"}));
}

TEST_F(DataDirectoryTest, AnAuthorityWithoutLimitsKeepsWorking) {
  std::filesystem::create_directories(root_ / "tls");
  for (const char* name : {"ca.pem", "ca.key"}) {
    std::filesystem::copy_file(Path(QM_SOURCE_DIR) / "tests/golden/authority" / name, root_ / "tls" / name);
  }
  const auto authority = text("tls/ca.pem");
  EXPECT_TRUE(http::may_issue_for(authority, {"anywhere.example", "192.0.2.1"}));
  settings_.host = {"backup.example.net"};
  EXPECT_TRUE(http::is_issued_by(open().value().tls(now_).value().certificate, authority));
  EXPECT_EQ(text("tls/ca.pem"), authority);
}

TEST_F(DataDirectoryTest, TheAuthoritysKeyMayBeElsewhereUntilItIsNeeded) {
  const auto chain = open().value().tls(now_).value().certificate;
  const auto authority = text("tls/ca.pem");
  std::filesystem::rename(root_ / "tls/ca.key", root_ / "elsewhere");
  EXPECT_EQ(open().value().tls(now_).value().certificate, chain);
  const auto late = open().value().tls(now_ + std::chrono::days{370});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind(), Errc::precondition);
  EXPECT_NE(late.error().cause().find("restore it"), std::string::npos);
  EXPECT_EQ(text("tls/ca.pem"), authority);
  std::filesystem::rename(root_ / "elsewhere", root_ / "tls/ca.key");
  EXPECT_TRUE(open().value().tls(now_ + std::chrono::days{370}));
  EXPECT_EQ(text("tls/ca.pem"), authority);
}

/// A new authority is several files; after an interruption before each, the next start ends with files that match.
TEST_F(DataDirectoryTest, AnInterruptedNewAuthorityIsCompleted) {
  for (int operations = 0;; ++operations) {
    std::filesystem::remove_all(root_);
    settings_.host = {};
    ASSERT_TRUE(open().value().tls(now_));
    const auto first = text("tls/ca.pem");
    settings_.host = {"backup.example.net"};
    FailingDisk failing(disk_, operations, Errc::io, true);
    bool done = false;
    if (auto directory = DataDirectory::open(failing, settings_)) {
      done = directory.value().tls(now_).has_value();
    }
    const auto chain = open().value().tls(now_).value().certificate;
    EXPECT_TRUE(http::is_issued_by(chain, text("tls/ca.pem"))) << operations;
    EXPECT_EQ(http::certificate_hosts(chain).value().front(), "backup.example.net") << operations;
    EXPECT_TRUE(chain.ends_with(text("tls/ca.pem"))) << operations;
    if (done) {
      break;
    }
  }
}

TEST_F(DataDirectoryTest, AForeignCertificateIsLeftAlone) {
  auto directory = open().value();
  ASSERT_TRUE(directory.tls(now_));
  const auto other = http::make_authority("somebody", {"elsewhere", "quay.example.org", "127.0.0.1"}, now_).value();
  const auto foreign = http::issue_certificate(other, {"elsewhere"}, now_).value();
  std::ofstream(root_ / "tls/server.pem") << foreign.certificate;
  std::ofstream(root_ / "tls/server.key") << foreign.private_key;
  EXPECT_EQ(directory.tls(now_).value().certificate, foreign.certificate);
}

TEST_F(DataDirectoryTest, EndpointsExistOnlyWhileTheServerRuns) {
  Endpoints endpoints;
  endpoints.arm = "https://localhost:1";
  endpoints.arm_port = 1;
  {
    auto directory = open().value();
    EXPECT_EQ(read_endpoints(disk_, root_).error().kind(), Errc::not_found);
    ASSERT_TRUE(directory.write_endpoints(endpoints));
    EXPECT_EQ(read_endpoints(disk_, root_).value().arm, "https://localhost:1");
  }
  const auto after_a_kill = open().value();
  EXPECT_EQ(read_endpoints(disk_, root_).error().kind(), Errc::not_found);
}

}  // namespace
}  // namespace quaymaster::server
