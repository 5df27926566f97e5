#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "identity/sign_in/token_errors.h"

namespace quaymaster::identity {

/// What a client assertion (RFC 7523) is held against.
struct AssertionRule {
  std::string_view client_id;
  std::string_view certificates;           // PEM: those registered for the client
  std::span<const std::string> audiences;  // any of them
  Time now;
};

/// Proves that who made `assertion` has the private key of one of the certificates: RS256 or PS256, the certificate
/// named by its digest ("x5t" or "x5t#S256"), RSA of 2048 bits at least. Null: proven; else the row to refuse with. A
/// certificate out of its own days still counts, as at Entra ID, where its entry ends with it: here it ends when it is
/// taken away. More than 16 KiB are refused unread.
const TokenRefusal* refuse_assertion(std::string_view assertion, const AssertionRule& rule);

}  // namespace quaymaster::identity
