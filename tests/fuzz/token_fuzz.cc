// Foreign tokens, key sets, client assertions and certificates. The first byte chooses which.

#include "base/bytes.h"
#include "base/check.h"
#include "identity/sign_in/client_assertion.h"
#include "identity/tokens/external_issuer.h"
#include "identity/tokens/jwt.h"
#include "identity/tokens/published_key.h"
#include "identity/tokens/token.h"

namespace {

using namespace quaymaster;

const identity::SigningKey& key() {
  static const auto kKey = identity::SigningKey::load(identity::published_signing_key()).value();
  return kKey;
}

identity::ExternalIssuer& issuer() {
  static identity::ExternalIssuer kIssuer({"https://issuer.example", "api://quaymaster", "sub"});
  // The key of RFC 7515, appendix A.3, so that its example is a seed with a valid signature.
  static constexpr std::string_view kEc =
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
  static const bool kHasKeys =
      static_cast<bool>(kIssuer.set_keys(fmt::format(R"({{"keys":[{},{}]}})", key().public_jwk(), kEc)));
  check(kHasKeys);
  return kIssuer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto text = as_text(Bytes(data, size).subspan(1));
  switch (data[0] % 4) {
    case 0:
      if (const auto token = identity::parse_jwt(text)) {
        check(token.value().signed_part.size() < text.size());
      }
      static_cast<void>(issuer().claims(text));
      check(!issuer().verify(text));  // a signature of this issuer cannot be guessed
      break;
    case 1: {
      identity::ExternalIssuer fresh({"https://issuer.example", "api://quaymaster", "sub"});
      static_cast<void>(fresh.set_keys(text));
      break;
    }
    case 2: {
      const std::string audiences[] = {"https://login.example/token"};
      check(identity::refuse_assertion(text, {"client", "", audiences, Time{}}) != nullptr);
      break;
    }
    default: {  // certificates that an operator registers
      const std::string audiences[] = {"https://login.example/token"};
      check(identity::refuse_assertion("a.b.c", {"client", text, audiences, Time{}}) != nullptr);
    }
  }
  return 0;
}
