#include "identity/tokens/external_issuer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/x509.h>

#include "base/digests/digest.h"
#include "base/encode.h"
#include "identity/issuer.h"
#include "identity/principals/records.h"
#include "identity/tokens/jwt.h"
#include "identity/tokens/published_key.h"
#include "identity/tokens/token.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::identity {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr std::string_view kIssuer = "https://login.example.org/realms/site";
constexpr std::string_view kBase = "https://localhost:8443";

/// A server that accepts tokens of one issuer, whose key is here.
class ExternalIssuerTest : public testing::Test {
 protected:
  ExternalIssuerTest() {
    const store::Schema schemas[] = {schema()};
    database_ = store::open_in_memory(schemas).value();
    issuer_ = open(std::string(kIssuer));
    made_ = issuer_->create_external("Ann", "ann@example.org").value();
  }
  std::unique_ptr<Issuer> open(std::string issuer) {
    IssuerOptions options;
    options.signing_key = published_signing_key();
    options.external = ExternalIssuerOptions{std::move(issuer), "api://quaymaster", "sub"};
    auto opened = Issuer::open(*database_, clock_, random_, options).value();
    EXPECT_TRUE(opened->external()->set_keys(key_set(key_)));
    return opened;
  }
  static std::string key_set(const SigningKey& key) { return fmt::format(R"({{"keys":[{}]}})", key.public_jwk()); }
  Claims claims() const {
    Claims said;
    said.issuer = kIssuer;
    said.audience = "api://quaymaster";
    said.subject = "ann@example.org";
    said.not_before = seconds(clock_.now());
    said.expires = seconds(clock_.now() + 1h);
    return said;
  }
  static std::int64_t seconds(Time time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  }
  /// A token with any payload, signed by the issuer's key.
  std::string signed_payload(std::string_view payload) const {
    const auto der = key_.private_der();
    const unsigned char* at = der.data();
    const Pkey key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
    const auto text = part(fmt::format(R"({{"alg":"RS256","kid":"{}"}})", key_.id())) + "." + part(payload);
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    std::size_t size = 512;
    Buffer signature(size);
    EXPECT_EQ(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context, signature.data(), &size, as_bytes(text).data(), text.size()), 1);
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return text + "." + base64url(signature);
  }
  static std::string part(std::string_view json) { return base64url(as_bytes(json)); }
  std::string code_of(std::string_view token, Audience audience = Audience::resource_manager) {
    const auto result = issuer_->verify(token, audience, kBase);
    return result ? "" : fmt::format("{}: {}", result.error().published()->row->code, result.error().cause());
  }

  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  CountingRandom random_;
  SigningKey key_ = SigningKey::generate();
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Issuer> issuer_;
  Credentials made_;
};

TEST_F(ExternalIssuerTest, ItsTokensNameThePrincipalThatWasMadeForThem) {
  const auto principal = issuer_->verify(key_.sign(claims()), Audience::resource_manager, kBase);
  ASSERT_TRUE(principal) << principal.error().cause();
  EXPECT_EQ(principal.value().object_id, made_.object_id);
  EXPECT_EQ(principal.value().name, "Ann");
  EXPECT_EQ(code_of(key_.sign(claims()), Audience::storage), "");
  EXPECT_FALSE(issuer_->allowed(principal.value(), "Microsoft.X/y/read", "/subscriptions/s").value());
  ASSERT_TRUE(issuer_->assign_role(made_.object_id, "Reader", "/"));
  EXPECT_TRUE(issuer_->allowed(principal.value(), "Microsoft.X/y/read", "/subscriptions/s").value());
}

TEST_F(ExternalIssuerTest, ASubjectWithoutAPrincipalIsRefused) {
  auto said = claims();
  said.subject = "eve@example.org";
  EXPECT_THAT(code_of(key_.sign(said)), HasSubstr("does not exist"));
  said.subject = "";
  EXPECT_THAT(code_of(key_.sign(said)), HasSubstr("no claim 'sub'"));
  issuer_->remove_principal(made_.client_id).value();
  EXPECT_THAT(code_of(key_.sign(claims())), HasSubstr("does not exist"));
}

TEST_F(ExternalIssuerTest, WrongAudienceAndIssuer) {
  auto said = claims();
  said.audience = "api://somebody-else";
  EXPECT_THAT(code_of(key_.sign(said)), StartsWith("InvalidAuthenticationTokenAudience: "));
  said = claims();
  said.issuer = "https://login.example.org/realms/other";
  EXPECT_THAT(code_of(key_.sign(said)), StartsWith("InvalidAuthenticationToken: ")) << "a stranger, whoever signed";
  said.issuer = fmt::format("{}/{}/v2.0", kBase, issuer_->tenant());
  said.object_id = made_.object_id;
  said.tenant = issuer_->tenant();
  EXPECT_THAT(code_of(key_.sign(said)), StartsWith("InvalidAuthenticationToken: ")) << "its key makes none of ours";
}

TEST_F(ExternalIssuerTest, AudiencesMayBeAList) {
  const auto with = [&](std::string_view audience) {
    return signed_payload(fmt::format(R"({{"iss":"{}","aud":{},"sub":"ann@example.org","exp":{}}})", kIssuer, audience,
                                      seconds(clock_.now() + 1h)));
  };
  EXPECT_EQ(code_of(with(R"(["a","api://quaymaster"])")), "");
  for (const auto* bad : {R"(["a","b"])", "[]", "7", "null", R"([["api://quaymaster"]])"}) {
    EXPECT_THAT(code_of(with(bad)), StartsWith("InvalidAuthenticationTokenAudience: ")) << bad;
  }
}

TEST_F(ExternalIssuerTest, TimesAreNumbersOrRefused) {
  for (const auto* expires : {R"("9999999999")", "null", "{}"}) {
    EXPECT_THAT(code_of(signed_payload(fmt::format(
                    R"({{"iss":"{}","aud":"api://quaymaster","sub":"ann@example.org","exp":{}}})", kIssuer, expires))),
                HasSubstr("no claim 'exp'"))
        << expires;
  }
}

/// A P-256 key of the issuer, and signatures made with it.
class EcKey {
 public:
  std::string jwk(std::string_view id) const {
    Buffer point(65);
    std::size_t size = 0;
    EXPECT_EQ(EVP_PKEY_get_octet_string_param(key_.get(), "pub", point.data(), point.size(), &size), 1);
    EXPECT_EQ(size, 65);
    return fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"{}","x":"{}","y":"{}"}})", id,
                       base64url(Bytes(point).subspan(1, 32)), base64url(Bytes(point).subspan(33)));
  }
  std::string sign(const std::string& text) const {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    Buffer der(80);
    std::size_t size = der.size();
    EXPECT_EQ(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context, der.data(), &size, as_bytes(text).data(), text.size()), 1);
    EVP_MD_CTX_free(context);
    const unsigned char* at = der.data();
    ECDSA_SIG* const numbers = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size));
    Buffer raw(64);
    BN_bn2binpad(ECDSA_SIG_get0_r(numbers), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(numbers), raw.data() + 32, 32);
    ECDSA_SIG_free(numbers);
    return text + "." + base64url(raw);
  }

 private:
  Pkey key_{EVP_EC_gen("P-256")};
};

TEST_F(ExternalIssuerTest, ItsKeysMayBeEllipticCurves) {
  const EcKey key;
  const auto rsa = key_.sign(claims());
  const auto payload = rsa.substr(rsa.find('.') + 1, rsa.rfind('.') - rsa.find('.') - 1);
  const auto signed_as = [&](const std::string& header) { return key.sign(part(header) + "." + payload); };
  const auto good = signed_as(fmt::format(R"({{"alg":"ES256","kid":"{}"}})", key_.id()));
  EXPECT_THAT(code_of(good), StartsWith("InvalidAuthenticationToken: ")) << "no such key yet";
  // Two keys may share a name when they are of different types (RFC 7517, 4.5).
  const auto both = fmt::format(R"({{"keys":[{},{}]}})", key_.public_jwk(), key.jwk(key_.id()));
  ASSERT_TRUE(issuer_->external()->set_keys(both));
  EXPECT_EQ(code_of(good), "");
  EXPECT_EQ(code_of(rsa), "");
  EXPECT_EQ(code_of(signed_as(R"({"alg":"ES256"})")), "") << "the only key for this algorithm";
  EXPECT_THAT(code_of(signed_as(R"({"alg":"ES256","kid":"other"})")), StartsWith("InvalidAuthenticationToken: "));
  EXPECT_THAT(code_of(signed_as(fmt::format(R"({{"alg":"RS256","kid":"{}"}})", key_.id()))),
              StartsWith("InvalidAuthenticationToken: "));
  const EcKey second;
  ASSERT_TRUE(issuer_->external()->set_keys(fmt::format(R"({{"keys":[{},{}]}})", key.jwk("1"), second.jwk("2"))));
  EXPECT_THAT(code_of(signed_as(R"({"alg":"ES256"})")), StartsWith("InvalidAuthenticationToken: ")) << "which?";
  EXPECT_EQ(code_of(signed_as(R"({"alg":"ES256","kid":"1"})")), "");
  EXPECT_THAT(code_of(signed_as(R"({"alg":"ES256","kid":"2"})")), StartsWith("InvalidAuthenticationToken: "));
}

TEST_F(ExternalIssuerTest, NoAlgorithmButThatOfTheKey) {
  const auto good = key_.sign(claims());
  const auto payload = good.substr(good.find('.') + 1, good.rfind('.') - good.find('.') - 1);
  for (const auto* algorithm : {"none", "None", "HS256", "RS512", "ES256", ""}) {
    const auto head = part(fmt::format(R"({{"alg":"{}","kid":"{}"}})", algorithm, key_.id())) + "." + payload;
    EXPECT_THAT(code_of(head + "."), StartsWith("InvalidAuthenticationToken: ")) << algorithm;
    // The classic confusion: the public key used as a MAC secret, in both forms it is published in.
    for (const auto& secret : {key_set(key_), key_.public_jwk()}) {
      const auto mac = hmac_sha256(as_bytes(secret), as_bytes(head));
      EXPECT_THAT(code_of(head + "." + base64url(mac)), StartsWith("InvalidAuthenticationToken: ")) << algorithm;
    }
  }
  EXPECT_EQ(code_of(good), "");
}

TEST_F(ExternalIssuerTest, ExpiredAndNotYetValidByTheGivenClock) {
  const auto token = key_.sign(claims());
  const auto start = clock_.now();
  clock_.set(start + 1h + 4min);
  EXPECT_EQ(code_of(token), "") << "within the skew";
  clock_.set(start + 1h + 5min);
  EXPECT_THAT(code_of(token), StartsWith("ExpiredAuthenticationToken: "));
  clock_.set(start - 6min);
  EXPECT_THAT(code_of(token), HasSubstr("valid only after"));
  clock_.set(start);
  auto said = claims();
  said.expires = 0;
  EXPECT_THAT(code_of(key_.sign(said)), StartsWith("ExpiredAuthenticationToken: "));
}

TEST_F(ExternalIssuerTest, KeysAreReplacedAndOldSignaturesForgotten) {
  const auto old = key_.sign(claims());
  EXPECT_EQ(code_of(old), "");
  const auto next = SigningKey::generate();
  EXPECT_FALSE(issuer_->external()->take_unknown_key());
  EXPECT_THAT(code_of(next.sign(claims())), StartsWith("InvalidAuthenticationToken: "));
  EXPECT_TRUE(issuer_->external()->take_unknown_key()) << "somebody should look for new keys";
  ASSERT_TRUE(issuer_->external()->set_keys(key_set(next)));
  EXPECT_EQ(code_of(next.sign(claims())), "");
  EXPECT_THAT(code_of(old), StartsWith("InvalidAuthenticationToken: ")) << "though it was verified once";
}

TEST_F(ExternalIssuerTest, RefusesKeySetsWithoutAGoodKey) {
  auto& external = *issuer_->external();
  for (const auto* bad :
       {"", "[]", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"","y":""}]})",
        R"({"keys":[{"kty":"RSA","kid":"short","n":"AQAB","e":"AQAB"}]})",
        R"({"keys":[{"kty":"RSA","kid":"bad","n":"!!","e":"AQAB"}]})", R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}]})"}) {
    EXPECT_EQ(external.set_keys(bad).error().kind(), Errc::invalid) << bad;
  }
  EXPECT_EQ(code_of(key_.sign(claims())), "") << "the keys that were there stay";
}

TEST_F(ExternalIssuerTest, AnotherIssuerDoesNotInheritThePrincipals) {
  issuer_ = open("https://evil.example.org");
  auto said = claims();
  said.issuer = "https://evil.example.org";
  EXPECT_THAT(code_of(key_.sign(said)), HasSubstr("does not exist"));
  EXPECT_THAT(code_of(key_.sign(claims())), StartsWith("InvalidAuthenticationToken: "));
}

TEST_F(ExternalIssuerTest, AnExternalPrincipalHasNoSecretHere) {
  EXPECT_EQ(made_.secret, "");
  EXPECT_FALSE(issuer_->authenticate(made_.client_id, ""));
  EXPECT_EQ(issuer_->create_external("again", "ann@example.org").error().kind(), Errc::conflict);
  EXPECT_EQ(issuer_->create_external("empty", "").error().kind(), Errc::invalid);
  const auto plain = Issuer::open(*database_, clock_, random_).value();
  EXPECT_EQ(plain->create_external("x", "y").error().kind(), Errc::invalid);
  EXPECT_EQ(plain->external(), nullptr);
}

}  // namespace
}  // namespace quaymaster::identity
