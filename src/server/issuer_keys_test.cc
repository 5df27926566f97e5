#include "server/issuer_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "http/server/certificate.h"
#include "http/server/server.h"
#include "identity/tokens/token.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::server {
namespace {

using testing::HasSubstr;

std::string set_of(const identity::SigningKey& key) {
  return fmt::format(R"({{"keys":[{}]}})", key.public_jwk());
}

/// Serves the key set at /jwks, one that is too long at /long, a redirect at /moved, and 404 elsewhere.
class Issuer final : public http::Handler {
 public:
  http::Task<http::Reply> handle(http::Request& request, http::Body&) override {
    http::Reply reply;
    const auto& path = request.raw_path;
    reply.status = path == "/jwks" || path == "/long" ? 200 : path == "/moved" ? 302 : 404;
    reply.body = set + std::string(path == "/long" ? kMiB : 0, ' ');
    reply.headers.set("Location", "/jwks");
    co_return reply;
  }
  std::string set;
};

class IssuerKeysTest : public testing::Test {
 protected:
  IssuerKeysTest()
      : root_(std::filesystem::temp_directory_path() / fmt::format("issuer-{}", ::getpid())), clock_(Time{}) {
    std::filesystem::create_directories(root_);
  }
  ~IssuerKeysTest() override { std::filesystem::remove_all(root_); }

  std::string write(const std::string& name, std::string_view text) {
    EXPECT_TRUE(replace_file(disk_, root_ / name, as_bytes(text)));
    return (root_ / name).native();
  }
  bool takes(const identity::SigningKey& key) {
    identity::Claims claims;
    claims.issuer = "https://i";
    claims.audience = "a";
    claims.subject = "s";
    claims.expires = 1;
    return issuer_.verify(key.sign(claims)).has_value();
  }

  Path root_;
  SystemDisk disk_;
  ManualClock clock_;
  identity::ExternalIssuer issuer_{{"https://i", "a", "sub"}};
  identity::SigningKey one_ = identity::SigningKey::generate();
  identity::SigningKey two_ = identity::SigningKey::generate();
};

TEST_F(IssuerKeysTest, AFileIsReadAgainWhenATokenNamesAnUnknownKey) {
  const auto file = write("keys", set_of(one_));
  IssuerKeys keys(disk_, clock_, issuer_, file);
  ASSERT_TRUE(keys.load_first());
  EXPECT_TRUE(takes(one_));
  write("keys", set_of(two_));
  EXPECT_FALSE(takes(two_)) << "asks for new keys";
  const auto before = issuer_.generation();
  keys.start();
  for (int i = 0; i < 5'000'000 && issuer_.generation() == before; ++i) {
    clock_.advance(std::chrono::minutes{1});
    std::this_thread::yield();
  }
  keys.stop();
  EXPECT_TRUE(takes(two_));
  EXPECT_FALSE(takes(one_));
}

TEST_F(IssuerKeysTest, AFileThatIsMissingOrBadStopsTheStart) {
  EXPECT_EQ(IssuerKeys(disk_, clock_, issuer_, (root_ / "none").native()).load_first().error().kind(), Errc::not_found);
  EXPECT_THAT(IssuerKeys(disk_, clock_, issuer_, write("bad", "{}")).load_first().error().cause(),
              HasSubstr("openid-keys"));
}

TEST_F(IssuerKeysTest, AnAddressIsAskedUnderAnAuthorityTheMachineTrusts) {
  const auto now = SystemClock().now();
  const auto authority = http::make_authority("test", {"localhost", "127.0.0.1"}, now).value();
  const auto made = http::issue_certificate(authority, {"localhost"}, now).value();
  SystemClock clock;
  SystemRandom random;
  Issuer answers;
  answers.set = set_of(one_);
  http::Options options;
  options.threads = 1;
  options.clock = &clock;
  options.random = &random;
  std::vector<http::Listener> listeners(1);
  listeners[0].tls = http::TlsIdentity{made.certificate, made.private_key};
  listeners[0].handler = &answers;
  const auto server = http::Server::start(options, std::move(listeners)).value();
  const auto base = fmt::format("https://localhost:{}", server->port(0));

  EXPECT_EQ(IssuerKeys(disk_, clock_, issuer_, base + "/jwks").load().error().kind(), Errc::unauthenticated)
      << "nobody trusts that certificate yet";
  ::setenv("SSL_CERT_FILE", write("ca.pem", authority.certificate).c_str(), 1);
  EXPECT_TRUE(IssuerKeys(disk_, clock_, issuer_, base + "/jwks").load());
  EXPECT_TRUE(takes(one_));
  EXPECT_THAT(IssuerKeys(disk_, clock_, issuer_, base).load().error().cause(), HasSubstr("status 404"));
  EXPECT_THAT(IssuerKeys(disk_, clock_, issuer_, base + "/moved").load().error().cause(), HasSubstr("status 302"));
  EXPECT_EQ(IssuerKeys(disk_, clock_, issuer_, base + "/long").load().error().kind(), Errc::too_large);
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_TRUE(IssuerKeys(disk_, clock_, issuer_, "https://localhost:1/jwks").load_first()) << "it may come up later";
}

}  // namespace
}  // namespace quaymaster::server
