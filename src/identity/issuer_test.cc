#include "identity/issuer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digests/digest.h"
#include "base/encode.h"
#include "identity/principals/errors.h"
#include "identity/principals/records.h"
#include "identity/tokens/published_key.h"
#include "identity/tokens/token.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::identity {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::string_view kBase = "https://localhost:8443";
constexpr std::string_view kManagement = "https://management.azure.com";
const std::vector<std::string> kNames{"localhost", "::1", "storage.azure.com"};

/// Everything a case needs: one database, one issuer, one principal.
class IssuerTest : public testing::Test {
 protected:
  IssuerTest() {
    const store::Schema schemas[] = {schema()};
    database_ = store::open_in_memory(schemas).value();
    issuer_ = Issuer::open(*database_, clock_, random_,
                           {.hosts = http::HostNames(kNames), .signing_key = published_signing_key()})
                  .value();
    const auto made = issuer_->create_administrator({"admin", {}, {}}).value();
    credentials_ = made;
    principal_ = issuer_->authenticate(made.client_id, made.secret).value();
  }

  std::string issuer() const { return fmt::format("{}/{}/v2.0", kBase, issuer_->tenant()); }
  std::string token(std::string_view audience = kManagement) { return issuer_->issue(principal_, audience, issuer()); }
  /// The published code, or "" when the token is accepted.
  std::string code_of(std::string_view text, Audience audience = Audience::resource_manager) {
    const auto result = issuer_->verify(text, audience, kBase);
    if (result) {
      return "";
    }
    EXPECT_EQ(result.error().kind(), Errc::unauthenticated);
    return std::string(result.error().published()->row->code) + ": " + result.error().published()->message;
  }
  static std::string part(std::string_view json) { return base64url(as_bytes(json)); }

  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  CountingRandom random_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Issuer> issuer_;
  Credentials credentials_;
  Principal principal_;
};

TEST_F(IssuerTest, TakesItsOwnTokenForEveryAudienceThatClientsAskFor) {
  for (const auto* audience : {"https://localhost:8443", "https://localhost:8443/", "https://LocalHost:9",
                               "https://[::1]/", "https://management.azure.com", "https://management.azure.com/",
                               "https://management.core.windows.net/", "https://management.core.windows.net"}) {
    const auto principal = issuer_->verify(token(audience), Audience::resource_manager, kBase);
    ASSERT_TRUE(principal) << audience;
    EXPECT_EQ(principal.value().object_id, credentials_.object_id);
    EXPECT_EQ(principal.value().name, "admin");
  }
  EXPECT_EQ(code_of(token("https://storage.azure.com"), Audience::storage), "");
  EXPECT_EQ(code_of(token("https://storage.azure.com/"), Audience::storage), "");
}

TEST_F(IssuerTest, RefusesATokenForAnotherAudience) {
  EXPECT_THAT(code_of(token("https://storage.azure.com")), HasSubstr("InvalidAuthenticationTokenAudience"));
  EXPECT_THAT(code_of(token(), Audience::storage), HasSubstr("InvalidAuthenticationTokenAudience"));
  for (const auto* audience : {"https://evil.example", "https://evil.example:8443/", "http://localhost:8443",
                               "localhost", "https://localhost:8443/x", "https://localhost:8443//", "https://", ""}) {
    EXPECT_THAT(code_of(token(audience)), HasSubstr("InvalidAuthenticationTokenAudience")) << audience;
    EXPECT_FALSE(issuer_->knows_audience(audience)) << audience;
  }
  for (const auto* audience : {"https://storage.azure.com", "https://Storage.azure.com/"}) {
    EXPECT_THAT(code_of(token(audience)), HasSubstr("InvalidAuthenticationTokenAudience"))
        << audience << ": also when this server goes by the name";
  }
}

TEST_F(IssuerTest, RefusesExpiredAndNotYetValidTokensByTheGivenClock) {
  const auto text = token();
  const auto start = clock_.now();
  clock_.set(start + 1h + 4min);
  EXPECT_EQ(code_of(text), "") << "within the skew";
  clock_.set(start + 1h + 5min);
  EXPECT_THAT(code_of(text), HasSubstr("ExpiredAuthenticationToken: The access token expiry UTC time "
                                       "'2026-11-23T06:29:30Z' is earlier than current UTC time"));
  clock_.set(start - 5min);
  EXPECT_EQ(code_of(text), "") << "within the skew";
  clock_.set(start - 6min);
  EXPECT_THAT(code_of(text), HasSubstr("valid only after"));
}

TEST_F(IssuerTest, RefusesForgedTokens) {
  const auto good = token();
  const auto payload = good.substr(good.find('.') + 1, good.rfind('.') - good.find('.') - 1);
  const auto header = good.substr(0, good.find('.'));

  EXPECT_THAT(code_of(part(R"({"typ":"JWT","alg":"none"})") + "." + payload + "."),
              HasSubstr("InvalidAuthenticationToken"));
  EXPECT_THAT(code_of(part(R"({"alg":"RS512"})") + "." + payload + "." + good.substr(good.rfind('.') + 1)),
              HasSubstr("InvalidAuthenticationToken"));

  // HS256 with the public key as the secret: the classic confusion.
  const auto hs = part(R"({"typ":"JWT","alg":"HS256"})") + "." + payload;
  const auto mac = hmac_sha256(as_bytes(issuer_->key_set()), as_bytes(hs));
  EXPECT_THAT(code_of(hs + "." + base64url(mac)), HasSubstr("InvalidAuthenticationToken"));

  // Change every single character of the signed part.
  for (std::size_t at = 0; at < good.rfind('.'); at += 7) {
    auto changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(code_of(changed), "") << at;
  }

  // A complete foreign key, naming itself or ours.
  const auto foreign = SigningKey::generate();
  Claims claims;
  claims.audience = kManagement;
  claims.issuer = issuer();
  claims.object_id = credentials_.object_id;
  claims.tenant = issuer_->tenant();
  claims.expires = 1u << 31;
  const auto stolen = foreign.sign(claims);
  EXPECT_THAT(code_of(stolen), HasSubstr("not signed by a key of this server"));
  EXPECT_THAT(code_of(header + stolen.substr(stolen.find('.'))), HasSubstr("not signed by a key of this server"));
}

TEST_F(IssuerTest, RefusesMalformedTokens) {
  for (const auto& text :
       {std::string(), std::string("x"), std::string("a.b"), std::string("a.b.c"), std::string("...."),
        std::string("!.!.!"), std::string(20000, 'a'), part("[]") + "." + part("{}") + "." + part("x")}) {
    EXPECT_THAT(code_of(text), HasSubstr("InvalidAuthenticationToken: The access token is invalid."));
  }
}

TEST_F(IssuerTest, RefusesAForeignIssuerEvenWithAGoodSignature) {
  for (const auto& bad : {std::string("https://sts.windows.net/x/"), fmt::format("ftp://h/{}/v2.0", issuer_->tenant()),
                          std::string("https://h/other/v2.0"), std::string("")}) {
    EXPECT_THAT(code_of(issuer_->issue(principal_, kManagement, bad)), HasSubstr("InvalidAuthenticationTokenIssuer"));
  }
  EXPECT_EQ(code_of(issuer_->issue(principal_, kManagement, "https://127.0.0.1:8443/adfs")), "");
}

TEST_F(IssuerTest, ARestartKeepsTenantKeyPrincipalsAndRoles) {
  const auto text = token();
  const auto again = Issuer::open(*database_, clock_, random_).value();
  EXPECT_EQ(again->tenant(), issuer_->tenant());
  const auto principal = again->verify(text, Audience::resource_manager, kBase);
  ASSERT_TRUE(principal);
  EXPECT_TRUE(again->allowed(principal.value(), "Microsoft.Storage/storageAccounts/read", "/subscriptions/x").value());
  EXPECT_TRUE(again->authenticate(credentials_.client_id, credentials_.secret));
  EXPECT_FALSE(Issuer::open(*database_, clock_, random_, {.tenant = "11111111-1111-1111-1111-111111111111"}));
  EXPECT_FALSE(Issuer::open(*database_, clock_, random_, {.tenant = "lab"}));
}

TEST_F(IssuerTest, ATokenOfADeletedPrincipalIsRefused) {
  Principal ghost = principal_;
  ghost.object_id = random_.guid().text();
  EXPECT_THAT(code_of(issuer_->issue(ghost, kManagement, issuer())), HasSubstr("does not exist"));
}

TEST_F(IssuerTest, SecretsAreCheckedAndReplaced) {
  const auto refused = issuer_->authenticate(credentials_.client_id, credentials_.secret + "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Errc::unauthenticated);
  EXPECT_FALSE(issuer_->authenticate(random_.guid().text(), credentials_.secret));
  const auto fresh = issuer_->reset_secret(to_lower(credentials_.client_id)).value();
  EXPECT_FALSE(issuer_->authenticate(credentials_.client_id, credentials_.secret));
  EXPECT_TRUE(issuer_->authenticate(credentials_.client_id, fresh.secret));
  EXPECT_EQ(issuer_->reset_secret(random_.guid().text()).error().kind(), Errc::not_found);
}

/// Its first secrets would begin with '-', then with '_'.
class DashesFirst final : public RandomSource {
 public:
  void fill(MutableBytes bytes) override {
    counting_.fill(bytes);
    if (bytes.size() == 32 && dashes_ < 2) {
      bytes[0] = dashes_++ == 0 ? 0xF8 : 0xFC;
    }
  }

 private:
  CountingRandom counting_;
  int dashes_ = 0;
};

TEST_F(IssuerTest, NoSecretLooksLikeAnOption) {
  DashesFirst random;
  const store::Schema schemas[] = {schema()};
  const auto database = store::open_in_memory(schemas).value();
  const auto issuer = Issuer::open(*database, clock_, random, {.signing_key = published_signing_key()}).value();
  const auto made = issuer->create_administrator({"admin", {}, {}}).value();
  EXPECT_EQ(made.secret.find_first_of("-_") == 0, false) << made.secret;
  EXPECT_TRUE(issuer->authenticate(made.client_id, made.secret));
}

TEST_F(IssuerTest, PrincipalsOfTheTestProfileHaveGivenIds) {
  const NewPrincipal wanted{"known", "AAAAAAAA-0000-0000-0000-000000000001", "well-known"};
  EXPECT_EQ(issuer_->create_principal(wanted).value().client_id, "aaaaaaaa-0000-0000-0000-000000000001");
  EXPECT_EQ(issuer_->create_principal(wanted).error().kind(), Errc::conflict);
  EXPECT_TRUE(issuer_->authenticate("AAAAAAAA-0000-0000-0000-000000000001", "well-known"));
  EXPECT_FALSE(issuer_->create_principal({"bad", "no-guid", {}}));
  EXPECT_FALSE(issuer_->create_principal({"bad", {}, ""}));
}

TEST_F(IssuerTest, RolesReachDownFromTheirScopeOnly) {
  const auto made = issuer_->create_principal({"reader", {}, {}}).value();
  const auto reader = issuer_->authenticate(made.client_id, made.secret).value();
  const auto may = [&](std::string_view action, std::string_view scope) {
    return issuer_->allowed(reader, action, scope).value();
  };
  EXPECT_FALSE(may("Microsoft.X/jobs/read", "/subscriptions/s/resourceGroups/g"));
  ASSERT_TRUE(issuer_->assign_role(made.object_id, "Reader", "/subscriptions/S/resourceGroups/g"));
  ASSERT_TRUE(issuer_->assign_role(made.object_id, "Reader", "/subscriptions/S/resourceGroups/g"));
  EXPECT_TRUE(may("Microsoft.X/jobs/read", "/subscriptions/s/resourcegroups/G/providers/Microsoft.X/jobs/j"));
  EXPECT_FALSE(may("Microsoft.X/jobs/write", "/subscriptions/s/resourceGroups/g"));
  EXPECT_FALSE(may("Microsoft.X/jobs/read", "/subscriptions/s/resourceGroups/g2"));
  EXPECT_FALSE(may("Microsoft.X/jobs/read", "/subscriptions/s"));
  EXPECT_FALSE(issuer_->allowed_data(reader, "Microsoft.X/y/read", "/subscriptions/s/resourceGroups/g").value());
  EXPECT_EQ(issuer_->assign_role(made.object_id, "King", "/").error().kind(), Errc::not_found);
  EXPECT_EQ(issuer_->assign_role(random_.guid().text(), "Reader", "/").error().kind(), Errc::not_found);
}

TEST(AuthErrors, EveryRowIsPublishable) {
  for (const auto* row : kRows) {
    EXPECT_TRUE(row->status == 401 || row->status == 403) << row->code;
    EXPECT_FALSE(row->code.empty());
    EXPECT_FALSE(row->sentence.empty());
  }
}

}  // namespace
}  // namespace quaymaster::identity
