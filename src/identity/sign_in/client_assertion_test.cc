#include "identity/sign_in/client_assertion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

#include "base/bytes.h"
#include "base/digests/digest.h"
#include "base/encode.h"

namespace quaymaster::identity {
namespace {

constexpr std::string_view kClient = "aaaaaaaa-0000-0000-0000-000000000001";
constexpr std::string_view kAudience = "https://localhost:8443/t/oauth2/v2.0/token";

/// A client's key with a self-signed certificate.
class ClientKey {
 public:
  explicit ClientKey(unsigned int bits = 2048) : key_(EVP_RSA_gen(bits)), certificate_(X509_new()) {
    X509_set_version(certificate_, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    number(1);
  }
  ~ClientKey() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  ClientKey(const ClientKey&) = delete;
  ClientKey& operator=(const ClientKey&) = delete;

  /// Creates another certificate for the key.
  void number(std::int64_t serial) {
    ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate_), serial);
    X509_sign(certificate_, key_, EVP_sha256());
  }
  std::string pem() const {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate_);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }
  std::string name(HashAlgorithm algorithm) const {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate_, &der);
    const auto text = base64url(digest(algorithm, Bytes(der, static_cast<std::size_t>(size))));
    OPENSSL_free(der);
    return text;
  }
  std::string sign(std::string_view header, std::string_view claims, bool pss = false) const {
    auto text = base64url(as_bytes(header)) + "." + base64url(as_bytes(claims));
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_DigestSignInit(context, &parameters, EVP_sha256(), nullptr, key_);
    if (pss) {
      EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
    }
    Buffer signature(512);
    std::size_t size = signature.size();
    EVP_DigestSign(context, signature.data(), &size, as_bytes(text).data(), text.size());
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return text + "." + base64url(signature);
  }

 private:
  EVP_PKEY* key_;
  X509* certificate_;
};

const ClientKey& key() {
  static const ClientKey one;
  return one;
}

std::string claims(std::string_view audience = kAudience, std::string_view client = kClient,
                   std::int64_t begin = 1'000'000, std::int64_t end = 1'000'600) {
  return fmt::format(R"({{"aud":"{}","iss":"{}","sub":"{}","jti":"x","nbf":{},"exp":{}}})", audience, client, client,
                     begin, end);
}
std::string old_header(std::string_view algorithm = "RS256") {
  return fmt::format(R"({{"typ":"JWT","alg":"{}","x5t":"{}"}})", algorithm, key().name(HashAlgorithm::sha1));
}

const TokenRefusal* refuse(std::string_view assertion, std::int64_t at = 1'000'100) {
  static const std::string pem = key().pem();
  const std::string audiences[] = {"https://localhost:8443/t/", std::string(kAudience)};
  return refuse_assertion(assertion, {kClient, pem, audiences, Time{std::chrono::seconds{at}}});
}

TEST(ClientAssertion, BothAlgorithmsAndBothNamesOfACertificateProve) {
  EXPECT_EQ(refuse(key().sign(old_header(), claims())), nullptr);
  const auto header = fmt::format(R"({{"alg":"PS256","x5t#S256":"{}="}})", key().name(HashAlgorithm::sha256));
  EXPECT_EQ(refuse(key().sign(header, claims(), true)), nullptr);
  const auto with_fraction =
      fmt::format(R"({{"aud":"{}","iss":"{}","sub":"{}","exp":1000600.52}})", kAudience, kClient, kClient);
  EXPECT_EQ(refuse(key().sign(old_header(), with_fraction)), nullptr) << "as MSAL for Python writes it";
}

// As MSAL for Go writes it.
TEST(ClientAssertion, ACertificateMayBeNamedInPlainBase64) {
  ClientKey one;
  auto name = one.name(HashAlgorithm::sha256);
  for (std::int64_t serial = 2; name.find('-') == std::string::npos || name.find('_') == std::string::npos; ++serial) {
    one.number(serial);
    name = one.name(HashAlgorithm::sha256);
  }
  std::ranges::replace(name, '-', '+');
  std::ranges::replace(name, '_', '/');
  const auto pem = one.pem();
  const std::string audiences[] = {std::string(kAudience)};
  const auto assertion = one.sign(fmt::format(R"({{"alg":"PS256","x5t#S256":"{}="}})", name), claims(), true);
  EXPECT_EQ(refuse_assertion(assertion, {kClient, pem, audiences, Time{std::chrono::seconds{1'000'100}}}), nullptr);
}

TEST(ClientAssertion, EachFaultHasItsRow) {
  const auto good = key().sign(old_header(), claims());
  const ClientKey other;
  const std::pair<std::string, const TokenRefusal*> cases[] = {
      {"", &kBadAssertion},
      {"a.b", &kBadAssertion},
      {"a.b.c.d", &kBadAssertion},
      {std::string(17 * 1024, 'a'), &kBadAssertion},
      {key().sign(old_header("none"), claims()), &kBadAssertion},
      {key().sign(old_header("HS256"), claims()), &kBadAssertion},
      {key().sign(R"({"alg":"RS256"})", claims()), &kUnknownCertificate},
      {other.sign(fmt::format(R"({{"alg":"RS256","x5t":"{}"}})", other.name(HashAlgorithm::sha1)), claims()),
       &kUnknownCertificate},
      {other.sign(old_header(), claims()), &kWrongAssertionSignature},
      {key().sign(old_header("PS256"), claims(), false), &kWrongAssertionSignature},
      {good.substr(0, good.size() - 8) + "AAAAAAAA", &kWrongAssertionSignature},
      {key().sign(old_header(), claims(kAudience, "bbbbbbbb-0000-0000-0000-000000000001")), &kWrongAssertionClient},
      {key().sign(old_header(), claims("https://elsewhere/t/oauth2/v2.0/token")), &kWrongAssertionAudience},
      {key().sign(old_header(), claims(kAudience, kClient, 0, 999'000)), &kAssertionNotInTime},
      {key().sign(old_header(), claims(kAudience, kClient, 1'001'000, 1'002'000)), &kAssertionNotInTime},
      {key().sign(old_header(), claims(kAudience, kClient, 0, 0)), &kAssertionNotInTime},
  };
  for (const auto& [assertion, row] : cases) {
    EXPECT_EQ(refuse(assertion), row) << assertion.substr(0, 200);
  }
}

TEST(ClientAssertion, AShortKeyProvesNothing) {
  const ClientKey weak(1024);
  const auto assertion =
      weak.sign(fmt::format(R"({{"alg":"RS256","x5t":"{}"}})", weak.name(HashAlgorithm::sha1)), claims());
  const auto pem = weak.pem();
  const std::string audiences[] = {std::string(kAudience)};
  EXPECT_EQ(refuse_assertion(assertion, {kClient, pem, audiences, Time{std::chrono::seconds{1'000'100}}}),
            &kWrongAssertionSignature);
}

}  // namespace
}  // namespace quaymaster::identity
