#include "identity/sign_in/client_assertion.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/bytes.h"
#include "base/encode.h"
#include "wire/json.h"

namespace quaymaster::identity {
namespace {

constexpr std::size_t kLongest = 16 * kKiB;
constexpr Ticks kSkew = std::chrono::minutes{5};
constexpr int kFewestBits = 2048;

struct Header {
  std::string algorithm, sha1, sha256;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&Header::algorithm>("alg"), field<&Header::sha1>("x5t"), field<&Header::sha256>("x5t#S256")});
  }
};
struct Statement {
  std::string audience, issuer, subject;
  double not_before = 0;  // MSAL for Python writes fractions
  double expires = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = Statement;
    return wire::fields({field<&T::audience>("aud"), field<&T::issuer>("iss"), field<&T::subject>("sub"),
                         field<&T::not_before>("nbf"), field<&T::expires>("exp")});
  }
};

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* one) const {
    Free(one);
  }
};
using Certificate = std::unique_ptr<X509, Freer<&X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<&BIO_free>>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Freer<&EVP_MD_CTX_free>>;

std::string thumbprint(const X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  return X509_digest(certificate, digest, bytes.data(), &size) == 1 ? base64url(Bytes(bytes.data(), size))
                                                                    : std::string();
}

/// Decodes a digest as clients write it: some pad their base64url, and MSAL for Go writes plain base64.
std::string in_base64url(std::string text) {
  text.erase(text.find_last_not_of('=') + 1);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

bool is_named(const X509* certificate, const Header& header) {
  return header.sha256.empty()
             ? !header.sha1.empty() && in_base64url(header.sha1) == thumbprint(certificate, EVP_sha1())
             : in_base64url(header.sha256) == thumbprint(certificate, EVP_sha256());
}

Certificate find_certificate(std::string_view pem, const Header& header) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (is_named(certificate.get(), header)) {
      return certificate;
    }
  }
  return nullptr;
}

bool is_signed(X509* certificate, bool is_pss, std::string_view text, Bytes signature) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < kFewestBits) {
    return false;
  }
  const MdContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, key) != 1) {
    return false;
  }
  if (is_pss && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  const auto bytes = as_bytes(text);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(), bytes.size()) == 1;
}

Time from_seconds(double seconds) {
  constexpr double kMost = 253402300799;  // the end of the year 9999: a later time would overflow a tick count
  return Time{std::chrono::seconds{static_cast<std::int64_t>(std::clamp(seconds, 0.0, kMost))}};
}

}  // namespace

const TokenRefusal* refuse_assertion(std::string_view assertion, const AssertionRule& rule) {
  const auto first = assertion.find('.');
  const auto last = assertion.rfind('.');
  if (assertion.size() > kLongest || first == std::string_view::npos || assertion.find('.', first + 1) != last) {
    return &kBadAssertion;
  }
  const auto head = decode_base64url(assertion.substr(0, first));
  const auto body = decode_base64url(assertion.substr(first + 1, last - first - 1));
  const auto signature = decode_base64url(assertion.substr(last + 1));
  if (!head || !body || !signature) {
    return &kBadAssertion;
  }
  const auto header = wire::parse_stored<Header>(as_text(head.value()));
  const auto statement = wire::parse_stored<Statement>(as_text(body.value()));
  if (!header || !statement) {
    return &kBadAssertion;
  }
  const bool is_pss = header.value().algorithm == "PS256";
  if (!is_pss && header.value().algorithm != "RS256") {  // never "none", never a shared key
    return &kBadAssertion;
  }
  const auto certificate = find_certificate(rule.certificates, header.value());
  if (certificate == nullptr) {
    return &kUnknownCertificate;
  }
  if (!is_signed(certificate.get(), is_pss, assertion.substr(0, last), signature.value())) {
    return &kWrongAssertionSignature;
  }
  const auto& said = statement.value();
  if (!equal_ignoring_case(said.issuer, rule.client_id) || !equal_ignoring_case(said.subject, rule.client_id)) {
    return &kWrongAssertionClient;
  }
  if (std::ranges::find(rule.audiences, said.audience) == rule.audiences.end()) {
    return &kWrongAssertionAudience;
  }
  if (rule.now >= from_seconds(said.expires) + kSkew || rule.now + kSkew < from_seconds(said.not_before)) {
    return &kAssertionNotInTime;
  }
  return nullptr;
}

}  // namespace quaymaster::identity
