#pragma once

#include "base/error.h"

namespace quaymaster::identity {

// What Resource Manager answers to unauthenticated callers. Source: clients.md, 4, and the public answers of
// management.azure.com, observed 2024.
inline constexpr ErrorRow kAuthenticationFailed{401, "AuthenticationFailed",
                                                "Authentication failed. The 'Authorization' header is missing."};
inline constexpr ErrorRow kAuthenticationScheme{
    401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is provided in an invalid format."};
inline constexpr ErrorRow kInvalidToken{401, "InvalidAuthenticationToken", "The access token is invalid."};
inline constexpr ErrorRow kInvalidTokenSignature{401, "InvalidAuthenticationToken",
                                                 "The access token is not signed by a key of this server. Sign in "
                                                 "again; a token of another cloud does not work here."};
inline constexpr ErrorRow kExpiredToken{
    401, "ExpiredAuthenticationToken",
    "The access token expiry UTC time '{}' is earlier than current UTC time '{}'. Sign in again."};
inline constexpr ErrorRow kTokenNotYetValid{
    401, "InvalidAuthenticationToken",
    "The access token is valid only after UTC time '{}'; the current UTC time is '{}'."};
inline constexpr ErrorRow kInvalidTokenAudience{
    401, "InvalidAuthenticationTokenAudience",
    "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one of the "
    "allowed audiences '{}'."};
inline constexpr ErrorRow kInvalidTokenIssuer{401, "InvalidAuthenticationTokenIssuer",
                                              "The access token is from the wrong issuer '{}'."};
inline constexpr ErrorRow kInvalidTokenTenant{
    401, "InvalidAuthenticationTokenTenant",
    "The access token is from the wrong tenant '{}'. It must match the tenant '{}' of this server."};
inline constexpr ErrorRow kUnknownPrincipal{401, "InvalidAuthenticationToken",
                                            "The principal '{}' of the access token does not exist on this server."};

// For tokens of the configured OpenID issuer.
inline constexpr ErrorRow kUnknownSigningKey{
    401, "InvalidAuthenticationToken",
    "The access token's signature with key '{}' does not match the keys of the issuer '{}'."};
inline constexpr ErrorRow kMissingClaim{401, "InvalidAuthenticationToken", "The access token has no claim '{}'."};

/// 403. Arguments: client id, object id, action, scope.
inline constexpr ErrorRow kAuthorizationFailed{
    403, "AuthorizationFailed",
    "The client '{}' with object id '{}' does not have authorization to perform action '{}' over scope '{}' or the "
    "scope "
    "is invalid. If access was recently granted, please refresh your credentials."};

/// 403. Arguments: client id, object id, action and scope of the request, missing action and its scope.
inline constexpr ErrorRow kLinkedAuthorizationFailed{
    403, "LinkedAuthorizationFailed",
    "The client '{}' with object id '{}' has permission to perform action '{}' on scope '{}'; however, it does not "
    "have "
    "permission to perform action(s) '{}' on the linked scope(s) '{}' (respectively) or the linked scope(s) are "
    "invalid."};

inline constexpr const ErrorRow* kRows[] = {
    &kAuthenticationFailed, &kAuthenticationScheme,      &kInvalidToken,         &kInvalidTokenSignature,
    &kExpiredToken,         &kTokenNotYetValid,          &kInvalidTokenAudience, &kInvalidTokenIssuer,
    &kInvalidTokenTenant,   &kUnknownPrincipal,          &kUnknownSigningKey,    &kMissingClaim,
    &kAuthorizationFailed,  &kLinkedAuthorizationFailed,
};

}  // namespace quaymaster::identity
