#include <gmock/gmock.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <mutex>

#include "identity/sign_in/sign_in_world_test.h"

// Wrong secrets: how many are checked, what is logged about them, and what is never repeated.
namespace quaymaster::identity {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kScope = "scope=https://management.azure.com/.default";
constexpr std::string_view kSecret = "s~cret&+ %";

class EmptyBody final : public http::Body {
 public:
  http::Task<Result<Bytes>> next() override { co_return Bytes{}; }
};

class SignInGuessTest : public SignInTest {
 protected:
  /// An endpoint that accepts secrets, called with one from an address.
  struct Door {
    const char* name;
    http::Reply (SignInGuessTest::*open)(std::string_view secret, std::string_view peer);
    int right;
    int wrong;
  };
  http::Reply token(std::string_view secret, std::string_view peer) {
    auto one = request(http::Method::post, "/common/oauth2/v2.0/token");
    one.peer = peer;
    return sign_in_->answer(one, form(kScope, secret));
  }
  http::Reply page(std::string_view secret, std::string_view peer) {
    auto one = request(http::Method::post, "/common/oauth2/deviceauth");
    one.peer = peer;
    return sign_in_->answer(one, fmt::format("user_code=AAAA&client_id={}&client_secret={}", credentials_.client_id,
                                             percent_encode(secret, "~")));
  }
  http::Reply managed(std::string_view secret, std::string_view peer) {
    return sign_in_->answer(identity_request(credentials_.client_id, secret, peer), "");
  }
  static http::Request identity_request(std::string_view client, std::string_view secret, std::string_view peer) {
    auto one = request(http::Method::get, "/msi/token?api-version=2019-08-01&resource=https://management.azure.com/");
    one.headers.add("X-IDENTITY-HEADER", fmt::format("{}:{}", client, secret));
    one.peer = peer;
    return one;
  }
  static constexpr Door kDoors[] = {{"token", &SignInGuessTest::token, 200, 401},
                                    {"page", &SignInGuessTest::page, 200, 401},
                                    {"managed identity", &SignInGuessTest::managed, 200, 401}};
};

TEST_F(SignInGuessTest, EveryEndpointStopsGuessingAndOpensAgainWithTime) {
  std::string network = "192.0.2.0";
  for (const auto& [name, open, right, wrong] : kDoors) {
    network.back() = static_cast<char>(network.back() + 1);
    open_with({});  // a client that has signed in before is not checked again
    const auto secret = issuer_->reset_secret(credentials_.client_id).value().secret;
    for (int i = 0; i < GuessLimit::kOfNetwork.at_once; ++i) {
      EXPECT_EQ((this->*open)(fmt::format("guess{}", i), network).status, wrong) << name;
    }
    const auto refused = (this->*open)(secret, network);
    EXPECT_EQ(refused.status, 429) << name << ": the right one neither";
    EXPECT_THAT(refused.headers.get("Retry-After"), testing::Optional(std::string_view("10"))) << name;
    EXPECT_EQ((this->*open)(secret, "198.51.100.1").status, right) << name << ": others get in";
    const auto again = issuer_->reset_secret(credentials_.client_id).value().secret;
    clock_.advance(10s);
    EXPECT_EQ((this->*open)(again, network).status, right) << name;
  }
}

TEST_F(SignInGuessTest, AKnownSecretIsNotDelayed) {
  EXPECT_EQ(token(kSecret, "192.0.2.1").status, 200);
  for (int i = 0; i < 100; ++i) {
    token("wrong", "192.0.2.1");
  }
  EXPECT_EQ(token("wrong", "192.0.2.1").status, 429);
  EXPECT_THAT(token("wrong", "192.0.2.1").body, HasSubstr(R"("error":"temporarily_unavailable")"));
  EXPECT_EQ(token(kSecret, "192.0.2.1").status, 200);
  const auto counts = sign_in_->secrets().counts();
  EXPECT_EQ(counts[static_cast<std::size_t>(Proof::State::wrong)], 20U);
  EXPECT_EQ(counts[static_cast<std::size_t>(Proof::State::throttled)], 82U);
  EXPECT_EQ(counts[static_cast<std::size_t>(Proof::State::right)], 2U);
}

TEST_F(SignInGuessTest, HashingBlocksNothingElseAndItsQueueIsBounded) {
  const auto other = issuer_->create_principal({"other", {}, {}}).value();
  ASSERT_TRUE(issuer_->authenticate(credentials_.client_id, kSecret));
  std::mutex gate;
  std::unique_lock held(gate);
  secret_pool_.post([&] { const std::scoped_lock wait(gate); });

  boost::asio::io_context loop(1);
  std::vector<int> statuses(SecretCheck::kMostWaiting + 1);
  const auto ask = [&](std::size_t at) -> http::Task<> {
    auto one = identity_request(other.client_id, other.secret, fmt::format("192.0.2.{}", at));
    EmptyBody body;
    const auto reply = co_await sign_in_->handle(one, body);
    statuses[at] = reply.status;
  };
  for (std::size_t at = 0; at < statuses.size(); ++at) {
    boost::asio::co_spawn(loop, ask(at), boost::asio::detached);
  }
  auto known = identity_request(credentials_.client_id, kSecret, "192.0.2.1");
  int status = 0;
  auto ask_known = [&]() -> http::Task<> {
    EmptyBody body;
    const auto reply = co_await sign_in_->handle(known, body);
    status = reply.status;
  };
  loops_.run(ask_known);
  EXPECT_EQ(status, 200) << "it is known, and waits for no hash";
  while (statuses.back() == 0) {
    loop.run_one();
  }
  EXPECT_EQ(statuses.back(), 429);
  EXPECT_EQ(statuses.front(), 0);
  held.unlock();
  loop.run();
  statuses.pop_back();
  EXPECT_THAT(statuses, testing::Each(200));
  secret_pool_.end();
  pool_.end();
}

TEST_F(SignInGuessTest, TheAuditLogCoversEveryEndpoint) {
  const Path root = std::filesystem::temp_directory_path() / fmt::format("sign-in-audit-{}", ::getpid());
  std::filesystem::remove_all(root);
  SystemDisk disk;
  auto log = AuditLog::open(disk, root, clock_).value();
  SignInOptions options;
  options.audit = log.get();
  open_with(options);
  for (const auto& [name, open, right, wrong] : kDoors) {
    (this->*open)("wrong", "192.0.2.1");
    (this->*open)(kSecret, "192.0.2.1");
  }
  const auto code = member(post("/adfs/oauth2/devicecode", "client_id=x").body, "user_code");
  post("/common/oauth2/deviceauth", fmt::format("user_code={}&client_id={}&client_secret={}", code,
                                                credentials_.client_id, percent_encode(kSecret, "~")));
  auto refused = form("scope=https://evil.example/.default");
  post("/common/oauth2/v2.0/token", refused);
  post("/common/oauth2/v2.0/token",
       fmt::format("grant_type=client_credentials&client_id=MySecret&client_secret=x&{}", kScope));
  for (int i = 0; i < 100; ++i) {
    managed("wrong", "192.0.2.1");
  }
  open_with({});
  log.reset();
  std::vector<std::string> lines;
  const auto each = [&](const AuditEntry& one, std::string_view) {
    if (one.event == "request") {
      lines.push_back(fmt::format("{} {} {} {} {}", *one.operation, *one.target, *one.status, one.name.value_or("-"),
                                  one.code.value_or("-")));
    }
  };
  ASSERT_TRUE(read_audit(disk, root, each));
  std::filesystem::remove_all(root);
  const auto& id = credentials_.client_id;
  std::vector<std::string> expected{
      fmt::format("token /common/oauth2/v2.0/token 401 {} invalid_client", id),
      "token /common/oauth2/v2.0/token 200 admin -",
      fmt::format("device code /common/oauth2/deviceauth 401 {} invalid_client", id),
      fmt::format("token /msi/token 401 {} invalid_client", id),
      "token /msi/token 200 admin -",
      "device code /common/oauth2/deviceauth 200 admin -",
      fmt::format("token /common/oauth2/v2.0/token 400 {} invalid_resource", id),
      "token /common/oauth2/v2.0/token 400 - unauthorized_client",
  };
  const auto left = GuessLimit::kOfNetwork.at_once - 3;  // and one from another address
  for (int i = 0; i < left; ++i) {
    expected.push_back(fmt::format("token /msi/token 401 {} invalid_client", id));
  }
  expected.push_back(fmt::format("token /msi/token 429 {} temporarily_unavailable", id));
  EXPECT_THAT(lines, testing::ElementsAreArray(expected));
}

TEST_F(SignInGuessTest, NothingRepeatsWhatMayBeASecret) {
  const std::string_view secret = "Xy7~very.secret_value";
  const auto path = "/common/oauth2/v2.0/token";
  const auto basic = fmt::format("grant_type=client_credentials&client_id={}", credentials_.client_id);
  const std::string forms[] = {
      fmt::format("grant_type=client_credentials&client_id={0}&client_secret=x&{1}", secret, kScope),
      fmt::format("grant_type=client_credentials&client_id={0}&{1}", secret, kScope),
      fmt::format("{}&client_secret=x&scope={}", basic, secret),
      fmt::format("{}&client_secret=x&scope={}/.default", basic, secret),
      fmt::format("{}&client_secret={}&scope={}/.default", basic, percent_encode(kSecret), secret),
      fmt::format("{}&client_secret={}&resource=https://a.blob.core.windows.net/c?sig={}", basic,
                  percent_encode(kSecret), secret),
      fmt::format("grant_type={}", secret),
      fmt::format("{}&client_assertion=e30.e30.{}&client_assertion_type={}&{}", basic, secret, secret, kScope),
      fmt::format("grant_type=client_credentials&client_id={0}&client_assertion=e30.e30.e30&client_assertion_type="
                  "urn:ietf:params:oauth:client-assertion-type:jwt-bearer&{1}",
                  secret, kScope),
      fmt::format("grant_type=refresh_token&client_id=x&refresh_token={}", secret),
      fmt::format("grant_type=device_code&client_id=x&code={}", secret),
      fmt::format("{}&client_secret={}%zz", basic, secret),
  };
  for (const auto& one : forms) {
    const auto reply = post(path, one);
    EXPECT_GE(reply.status, 400) << one;
    EXPECT_THAT(reply.body, Not(HasSubstr("very.secret"))) << one;
    EXPECT_THAT(reply.cause, Not(HasSubstr("very.secret"))) << one;
  }
  for (const auto* device : {"/adfs/oauth2/devicecode", "/common/oauth2/deviceauth"}) {
    const auto reply = post(device, fmt::format("client_id={0}&user_code={0}&resource={0}&client_secret={0}", secret));
    EXPECT_THAT(reply.body + reply.cause, Not(HasSubstr("very.secret"))) << device;
  }
  auto marked = request(http::Method::post, path);
  marked.headers.add("client-request-id", std::string(secret));
  EXPECT_THAT(sign_in_->answer(marked, "").body, Not(HasSubstr("very.secret")));
  const auto tenant = post(fmt::format("/{}/oauth2/token", secret), form(kScope));
  EXPECT_THAT(tenant.body + tenant.cause, Not(HasSubstr("very.secret")));
  const auto issuer = managed(secret, "192.0.2.9");
  EXPECT_THAT(issuer.body + issuer.cause, Not(HasSubstr("very.secret")));
}

}  // namespace
}  // namespace quaymaster::identity
