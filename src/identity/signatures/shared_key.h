#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "http/request.h"

namespace quaymaster::identity {

/// What a client reads when a signature, its date or its form is wrong. The reason is in the extra element
/// AuthenticationErrorDetail, which never contains a signature: neither the expected one nor the one sent, which may be
/// valid for another request.
inline constexpr ErrorRow kSignatureFailed{
    403, "AuthenticationFailed",
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
    "including the signature."};

/// "SharedKey ACCOUNT:SIGNATURE" or "SharedKeyLite ACCOUNT:SIGNATURE".
struct SharedKeyHeader {
  bool lite = false;
  std::string account;
  Buffer signature;  // 32 bytes
};

/// True when the header's scheme is one of the two; the rest may still be malformed.
bool is_shared_key(std::string_view authorization);
/// Errc::forbidden with kSignatureFailed: not of the form above.
Result<SharedKeyHeader> parse_shared_key(std::string_view authorization);

/// How libraries order the x-ms- headers that they sign (blob.md, 3.1): by byte; by the weights of a culture-aware
/// comparison that considers hyphens last; or by weights with the hyphen lowest. In both weighted orders "_" comes
/// before digits, digits before letters.
enum class HeaderOrder { bytes, weighted, hyphen_lowest };
bool header_less(HeaderOrder order, std::string_view a, std::string_view b);  // both in lower case

/// The choices a verifier has where clients differ.
struct SigningChoices {
  HeaderOrder order = HeaderOrder::bytes;
  bool literal_plus = false;       // "+" in the query is a plus, not a blank
  bool without_secondary = false;  // "-secondary" is removed from the path's first segment
};

/// The text that the client signed. Source: Authorize with Shared Key, 2009-09-19 and later (blob.md, 3.1 and 3.2).
/// `version` is the x-ms-version in force; it decides how a Content-Length of zero is signed.
std::string shared_key_text(const http::Request& request, std::string_view account, std::string_view version,
                            const SigningChoices& choices);
std::string shared_key_lite_text(const http::Request& request, std::string_view account, const SigningChoices& choices);

/// What a request is verified against: the account that the URL names, its keys (decoded), and the current time.
struct SharedKeyAccount {
  std::string_view name;
  std::span<const Buffer> keys;
};

/// Checks the Authorization header of `request`: account, date (at most 15 minutes away), signature with either key, in
/// constant time. Tries the other SigningChoices only when they produce a different text.
/// Errc::forbidden with kSignatureFailed and a detail that shows the text signed here, with "***" for the secrets in
/// it: encryption keys, tokens and signatures of copy sources. A query with line feeds is refused, since they could
/// forge lines of that text.
Result<> verify_shared_key(const http::Request& request, const SharedKeyAccount& account, std::string_view version,
                           Time now);

}  // namespace quaymaster::identity
