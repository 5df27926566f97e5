#include "cli/az/exports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encode.h"
#include "cli/az/java_key_store.h"
#include "http/server/certificate.h"

namespace quaymaster::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Pair;

const Time kNow = parse_time("2026-11-23T05:29:30Z").value();

ExportSource source() {
  ExportSource source;
  source.connection = {"https://localhost:8443", "/q/tls/ca.pem", "t", "s", "c", "it's"};
  source.blob = "http://127.0.0.1:10000";
  source.storage_suffix = "localhost:8443";
  source.az_directory = "/state/az/t";
  source.java_store = "/quay master/tls/java-trust.jks";
  return source;
}

TEST(Exports, WithoutAClientHoldWhatManyNeed) {
  const auto variables = exported_variables(source(), "", kNow).value();
  for (const char* name :
       {"QUAYMASTER_URL", "QUAYMASTER_BLOB_URL", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_AUTHORITY_HOST",
        "AZURE_SUBSCRIPTION_ID", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AZURE_CONFIG_DIR"}) {
    EXPECT_THAT(variables, Contains(Key(name)));
  }
  EXPECT_THAT(variables, Contains(Pair("AZURE_CLIENT_SECRET", "it's")));
}

TEST(Exports, EveryClientTrustsTheServerInItsOwnWay) {
  auto with_account = source();
  with_account.account = {"photos", base64(Buffer(64, 7))};
  const std::pair<std::string_view, std::pair<std::string, std::string>> expected[] = {
      {"az", {"REQUESTS_CA_BUNDLE", "/q/tls/ca.pem"}},
      {"python", {"REQUESTS_CA_BUNDLE", "/q/tls/ca.pem"}},
      {"node", {"NODE_EXTRA_CA_CERTS", "/q/tls/ca.pem"}},
      {"dotnet", {"SSL_CERT_FILE", "/q/tls/ca.pem"}},
      {"go", {"SSL_CERT_FILE", "/q/tls/ca.pem"}},
      {"java",
       {"JAVA_TOOL_OPTIONS",
        R"(-Djavax.net.ssl.trustStore="/quay master/tls/java-trust.jks" -Djavax.net.ssl.trustStoreType=JKS)"}},
      {"terraform", {"ARM_METADATA_HOSTNAME", "localhost:8443"}},
      {"managed-identity", {"IDENTITY_HEADER", "c:it's"}},
      {"rclone", {"RCLONE_CONFIG_QUAYMASTER_TYPE", "azureblob"}},
      {"restic", {"AZURE_ENDPOINT_SUFFIX", "localhost:8443"}},
  };
  ASSERT_EQ(std::size(expected), exported_clients().size());
  for (const auto& [client, variable] : expected) {
    const auto variables = exported_variables(with_account, client, kNow);
    ASSERT_TRUE(variables) << client;
    EXPECT_THAT(variables.value(), Contains(Pair(variable.first, variable.second))) << client;
  }
  EXPECT_THAT(exported_variables(with_account, "az", kNow).value(),
              Contains(Pair("AZURE_STORAGE_CONNECTION_STRING",
                            HasSubstr("AccountName=photos;AccountKey=" + with_account.account.key +
                                      ";BlobEndpoint=http://127.0.0.1:10000/photos;"))));
}

TEST(Exports, RcloneTakesTheEmulatorOrASignedAddress) {
  auto with_account = source();
  with_account.account = {"devstoreaccount1", "a2V5"};
  EXPECT_THAT(exported_variables(with_account, "rclone", kNow).value(),
              Contains(Pair("RCLONE_CONFIG_QUAYMASTER_ENDPOINT", "http://127.0.0.1:10000/devstoreaccount1")));
  with_account.account = {"photos", "a2V5"};
  EXPECT_THAT(exported_variables(with_account, "rclone", kNow).value(),
              Contains(Pair("RCLONE_CONFIG_QUAYMASTER_SAS_URL",
                            testing::StartsWith("http://127.0.0.1:10000/photos?sv=2020-02-10&ss=b&srt=sco&sp=rwdlacup&"
                                                "se=2026-11-30T05%3A29%3A30Z&spr=https,http&sig="))));
}

TEST(Exports, OldResticsAcceptNoAddress) {
  for (const auto* old : {"restic 0.14.0 compiled with go1.19.8 on linux/amd64\n", "restic 0.9.6", "restic 0.15.2"}) {
    EXPECT_FALSE(restic_accepts_addresses(old)) << old;
  }
  for (const auto* later : {"restic 0.16.0 compiled with go1.20", "restic 0.17.3", "restic 1.0.0", "restic 0.x", ""}) {
    EXPECT_TRUE(restic_accepts_addresses(later)) << later;
  }
}

TEST(Exports, RefuseWhatTheyDoNotKnow) {
  EXPECT_THAT(exported_variables(source(), "cobol", kNow).error().cause(), HasSubstr("az, python, node"));
  EXPECT_THAT(exported_variables(source(), "rclone", kNow).error().cause(), HasSubstr("--account"));
  EXPECT_EQ(parse_shell("csh").error().kind(), Errc::invalid);
}

TEST(Exports, AreLinesOfThreeShells) {
  const Variables variables{{"A", R"(it's a \ b)"}};
  EXPECT_EQ(export_lines(variables, Shell::sh), "export A='it'\\''s a \\ b'\n");
  EXPECT_EQ(export_lines(variables, Shell::fish), "set -gx A 'it\\'s a \\\\ b'\n");
  EXPECT_EQ(export_lines(variables, Shell::powershell), "$env:A = 'it''s a \\ b'\n");
}

TEST(JavaKeyStore, HasTheFormOfTheFormat) {
  const auto authority = http::make_authority("test", {"localhost", "127.0.0.1"}, kNow).value();
  const auto store = java_key_store(authority.certificate, kNow).value();
  const Bytes bytes(store);
  EXPECT_EQ(hex_lower(bytes.first(16)), "feedfeed000000020000000100000002");
  EXPECT_EQ(as_text(bytes.subspan(18, 10)), "quaymaster");
  EXPECT_EQ(java_key_store("no certificate", kNow).error().kind(), Errc::invalid);
}

}  // namespace
}  // namespace quaymaster::cli
