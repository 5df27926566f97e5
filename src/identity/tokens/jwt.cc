#include "identity/tokens/jwt.h"

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

struct MdDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Error no_token(std::string_view why) {
  return Error(Errc::unauthenticated, fmt::format("not a token: {}", why)).as(kInvalidToken);
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
    return no_token("its header is no JSON object");
  }
  if (header.value().algorithm != "RS256") {
    return no_token("its algorithm is not RS256");
  }
  return Jwt{header.value().key_id, std::string(as_text(payload.value())), token.substr(0, last),
             std::move(signature).value()};
}

bool verify_rs256(EVP_PKEY* key, std::string_view signed_part, Bytes signature) {
  const std::unique_ptr<EVP_MD_CTX, MdDeleter> context(EVP_MD_CTX_new());
  const auto bytes = as_bytes(signed_part);
  check(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(), bytes.size()) == 1;
}

}  // namespace quaymaster::identity
