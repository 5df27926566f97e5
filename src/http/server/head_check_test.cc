#include "http/server/head_check.h"

#include <gtest/gtest.h>

namespace quaymaster::http {
namespace {

TEST(HeadCheck, SeesFoldedFields) {
  EXPECT_TRUE(has_folded_field("GET / HTTP/1.1\r\nHost: x\r\n Content-Length: 9\r\n\r\n"));
  EXPECT_TRUE(has_folded_field("GET / HTTP/1.1\r\nHost: x\r\n\t\r\n\r\n"));
  EXPECT_FALSE(has_folded_field("GET / HTTP/1.1\r\nHost: x\r\nA: b  c\r\n\r\n"));
  EXPECT_FALSE(has_folded_field(""));
  EXPECT_FALSE(has_folded_field("POST / HTTP/1.1\r\nHost: x\r\n\r\nabc")) << "does not end with a line";
}

bool is_sound(std::string_view host) {
  Headers headers;
  headers.add("host", std::string(host));
  return check_host(headers, true).has_value();
}

TEST(HeadCheck, AHostIsANameOrAnAddress) {
  for (const auto* host : {"", "localhost", "localhost:8443", "a_b.Blob.localhost:", "127.0.0.1:1", "[::1]",
                           "[::1]:443", "[::ffff:127.0.0.1]"}) {
    EXPECT_TRUE(is_sound(host)) << host;
  }
  for (const auto* host : {"a b", "x Content-Length: 9", "a/b", "a%20b", "a@b", "a,b", "a:b", "a:1:2", "[::1", "[g]",
                           "[::1]x", "a\xc3\xa4", "a\\b", "a?b", "a#b", "http://a"}) {
    EXPECT_FALSE(is_sound(host)) << host;
  }
}

TEST(HeadCheck, ThereIsOneHost) {
  Headers headers;
  EXPECT_FALSE(check_host(headers, true));
  EXPECT_TRUE(check_host(headers, false));
  headers.add("Host", "a");
  headers.add("HOST", "a");
  EXPECT_FALSE(check_host(headers, true));
}

}  // namespace
}  // namespace quaymaster::http
