#include "http/server/certificate.h"

#include <gtest/gtest.h>

namespace quaymaster::http {
namespace {

const Time kNow = parse_time("2026-11-23T05:29:30Z").value();

TEST(Certificate, NamesItsHostsAndItsEnd) {
  const auto authority = make_authority("Test authority", {"localhost", "127.0.0.1", "::1"}, kNow).value();
  const std::vector<std::string> hosts{"localhost", "127.0.0.1", "::1", "*.blob.localhost"};
  const auto issued = issue_certificate(authority, hosts, kNow).value();
  EXPECT_EQ(certificate_hosts(issued.certificate).value(), hosts);
  EXPECT_EQ(certificate_end(issued.certificate).value(), kNow + std::chrono::days{396});
  EXPECT_EQ(certificate_end(authority.certificate).value(), kNow + std::chrono::days{3651});
  EXPECT_TRUE(is_issued_by(issued.certificate, authority.certificate));
  const auto other = make_authority("Test authority", {"localhost", "127.0.0.1", "::1"}, kNow).value();
  EXPECT_FALSE(is_issued_by(issued.certificate, other.certificate));
  EXPECT_NE(issued.private_key.find("BEGIN PRIVATE KEY"), std::string::npos);
}

TEST(Certificate, AnAuthorityIsForItsHostsAlone) {
  const std::vector<std::string> hosts{"localhost", "backup.example.net", "*.blob.example.net", "127.0.0.1", "::1"};
  const auto authority = make_authority("Test authority", hosts, kNow).value();
  EXPECT_TRUE(may_issue_for(authority.certificate, hosts));
  for (const char* host : {"localhost", "*.blob.localhost", "a.blob.example.net", "127.0.0.1", "::1"}) {
    EXPECT_TRUE(may_issue_for(authority.certificate, {host})) << host;
  }
  for (const char* host : {"example.net", "login.microsoftonline.com", "xbackup.example.net", "127.0.0.2", "::2"}) {
    EXPECT_FALSE(may_issue_for(authority.certificate, {"localhost", host})) << host;
  }
  EXPECT_FALSE(may_issue_for("no", hosts));
  EXPECT_EQ(make_authority("x", {"localhost", "a,DNS:b"}, kNow).error().kind(), Errc::invalid);
  EXPECT_TRUE(is_key_of(authority));
  const auto other = make_authority("Test authority", hosts, kNow).value();
  EXPECT_FALSE(is_key_of({authority.certificate, other.private_key}));
  EXPECT_FALSE(is_key_of({authority.certificate, "no"}));
}

TEST(Certificate, RefusesWhatItCannotRead) {
  const auto authority = make_authority("Test authority", {"localhost", "127.0.0.1", "::1"}, kNow).value();
  for (const char* host : {"", "a,DNS:evil", "a b", "a\nb"}) {
    EXPECT_EQ(issue_certificate(authority, {host}, kNow).error().kind(), Errc::invalid) << host;
  }
  EXPECT_EQ(issue_certificate({"no", authority.private_key}, {"h"}, kNow).error().kind(), Errc::invalid);
  EXPECT_EQ(issue_certificate({authority.certificate, "no"}, {"h"}, kNow).error().kind(), Errc::invalid);
  EXPECT_EQ(certificate_end("no").error().kind(), Errc::invalid);
  EXPECT_EQ(certificate_hosts("no").error().kind(), Errc::invalid);
  EXPECT_FALSE(is_issued_by("no", authority.certificate));
}

}  // namespace
}  // namespace quaymaster::http
