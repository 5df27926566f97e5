#include "http/host_names.h"

#include <gtest/gtest.h>

namespace quaymaster::http {
namespace {

const std::vector<std::string> kNames{"Backup.Example.net", "localhost", "127.0.0.1", "::1", "*.blob.localhost"};
const HostNames kHosts{kNames};

TEST(HostNames, KnowsItsNamesInEveryFormThatClientsWrite) {
  for (const char* host :
       {"localhost", "LOCALHOST", "localhost:8443", "localhost:", "backup.example.net:443", "127.0.0.1", "127.0.0.1:1",
        "[::1]", "[::1]:8443", "[0:0:0:0:0:0:0:1]:8443", "account.blob.localhost", "Account.blob.localhost:10000"}) {
    EXPECT_TRUE(kHosts.has(host)) << host;
  }
}

TEST(HostNames, RefusesOtherNames) {
  for (const char* host : {"",
                           "evil.example",
                           "storage.azure.com",
                           "localhost.evil.example",
                           "backup.example.net.",
                           "xlocalhost",
                           "127.0.0.2",
                           "::1",
                           "[::1",
                           "[::1]x",
                           "[::1]:x",
                           "[127.0.0.1]",
                           "[localhost]",
                           "localhost:8443x",
                           "localhost:123456",
                           "user@localhost",
                           "localhost/x",
                           "localhost ",
                           "blob.localhost",
                           "a.b.blob.localhost",
                           "*.blob.localhost",
                           ".blob.localhost",
                           "local%68ost"}) {
    EXPECT_FALSE(kHosts.has(host)) << host;
  }
  EXPECT_FALSE(kHosts.has(std::string_view("127.0.0.1\0x", 11)));
  EXPECT_FALSE(HostNames().has("localhost"));
}

}  // namespace
}  // namespace quaymaster::http
