#include "server/settings/addresses.h"

#include <gtest/gtest.h>

namespace quaymaster::server {
namespace {

Settings with(const Values& flags) {
  return resolve(std::span(&flags, 1)).value();
}

TEST(Addresses, AreThoseThatTheCertificateNames) {
  const auto plain = with({});
  EXPECT_EQ(arm_address(plain, 1), "https://localhost:1");
  EXPECT_EQ(blob_address(plain, 2), "http://127.0.0.1:2");
  EXPECT_EQ(storage_suffix(plain, 1, 2), "localhost:1") << "host style needs TLS, which the Blob port does not have";
  const auto named = with({{"host", "backup.example.net"}, {"blob-tls", "true"}, {"blob-domain", "store.example.net"}});
  EXPECT_EQ(arm_address(named, 1), "https://backup.example.net:1");
  EXPECT_EQ(blob_address(named, 2), "https://backup.example.net:2");
  EXPECT_EQ(storage_suffix(named, 1, 2), "store.example.net:2");
  const auto six = with({{"address", "::1"}});
  EXPECT_EQ(blob_address(six, 2), "http://[::1]:2");
}

}  // namespace
}  // namespace quaymaster::server
