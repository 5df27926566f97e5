#include "identity/tokens/jwt.h"

#include <openssl/ecdsa.h>

#include <optional>

#include "base/check.h"
#include "base/encode.h"
#include "identity/principals/errors.h"
#include "wire/json.h"

namespace quaymaster::identity {
namespace {

constexpr std::size_t kLongestToken = 16 * kKiB;

struct ReadHeader {
  std::string algorithm;
  std::string key_id;
  static constexpr auto wire() {
    return wire::fields({wire::field<&ReadHeader::algorithm>("alg"), wire::field<&ReadHeader::key_id>("kid")});
  }
};

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* one) const {
    Free(one);
  }
};
using MdContext = std::unique_ptr<EVP_MD_CTX, Freer<&EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<&ECDSA_SIG_free>>;

constexpr int kCoordinateSize = 32;

Error no_token(std::string_view why) {
  return Error(Errc::unauthenticated, fmt::format("not a token: {}", why)).as(kInvalidToken);
}

std::optional<Algorithm> algorithm_of(std::string_view name) {
  if (name == "RS256") {
    return Algorithm::rs256;
  }
  return name == "ES256" ? std::optional(Algorithm::es256) : std::nullopt;
}

bool is_p256(const EVP_PKEY* key) {
  char name[32];
  std::size_t size = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1 &&
         std::string_view(name, size) == SN_X9_62_prime256v1;
}

/// The form that OpenSSL reads. Empty when `raw` is not r and s. Source: RFC 7518, section 3.4.
Buffer in_der(Bytes raw) {
  if (raw.size() != 2 * kCoordinateSize) {
    return {};
  }
  const EcdsaSignature signature(ECDSA_SIG_new());
  BIGNUM* const r = BN_bin2bn(raw.data(), kCoordinateSize, nullptr);
  BIGNUM* const s = BN_bin2bn(raw.data() + kCoordinateSize, kCoordinateSize, nullptr);
  check(signature && r != nullptr && s != nullptr && ECDSA_SIG_set0(signature.get(), r, s) == 1);
  Buffer der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
  unsigned char* at = der.data();
  check(i2d_ECDSA_SIG(signature.get(), &at) == static_cast<int>(der.size()));
  return der;
}

}  // namespace

Result<Jwt> parse_jwt(std::string_view token) {
  if (token.size() > kLongestToken) {
    return no_token("too long");
  }
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || last == first || token.find('.', first + 1) != last) {
    return no_token("not three parts");
  }
  const auto header_bytes = decode_base64url(token.substr(0, first));
  const auto payload = decode_base64url(token.substr(first + 1, last - first - 1));
  auto signature = decode_base64url(token.substr(last + 1));
  if (!header_bytes || !payload || !signature) {
    return no_token("not base64url");
  }
  const auto header = wire::parse_stored<ReadHeader>(as_text(header_bytes.value()));
  if (!header) {
    return no_token("its header is not a JSON object");
  }
  const auto algorithm = algorithm_of(header.value().algorithm);
  if (!algorithm) {
    return no_token("its algorithm is neither RS256 nor ES256");
  }
  return Jwt{*algorithm, header.value().key_id, std::string(as_text(payload.value())), token.substr(0, last),
             std::move(signature).value()};
}

bool is_signed_by(EVP_PKEY* key, const Jwt& token) {
  const bool is_rsa = token.algorithm == Algorithm::rs256;
  if (is_rsa ? EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA : !is_p256(key)) {
    return false;
  }
  const auto signature = is_rsa ? token.signature : in_der(token.signature);
  const MdContext context(EVP_MD_CTX_new());
  const auto bytes = as_bytes(token.signed_part);
  check(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(), bytes.size()) == 1;
}

}  // namespace quaymaster::identity
