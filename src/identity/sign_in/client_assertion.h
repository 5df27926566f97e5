#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "identity/sign_in/token_errors.h"

namespace quaymaster::identity {

/// What a client assertion (RFC 7523) is checked against.
struct AssertionRule {
  std::string_view client_id;
  std::string_view certificates;           // PEM: those registered for the client
  std::span<const std::string> audiences;  // any of them will do
  Time now;
};

/// Proves that the sender of `assertion` has the private key of one of the certificates: RS256 or PS256, the
/// certificate named by its digest ("x5t" or "x5t#S256"), RSA of at least 2048 bits. Null: proven; otherwise the row to
/// refuse with. An expired certificate is still accepted until it is unregistered; at Entra ID its registration expires
/// with it. Assertions of more than 16 KiB are refused unread.
const TokenRefusal* refuse_assertion(std::string_view assertion, const AssertionRule& rule);

}  // namespace quaymaster::identity
