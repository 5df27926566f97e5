#pragma once

#include <string>
#include <string_view>

namespace quaymaster::identity {

/// The refusals of the token endpoint. Numbers and texts as Entra ID uses them (clients.md, 3.4), except that no text
/// repeats what may be a secret in the wrong field: see shown.h.
struct TokenRefusal {
  int status;
  std::string_view error;
  int number;
  std::string_view text;  // "{}" takes one argument
};

inline constexpr TokenRefusal kUnknownTenant{
    400, "invalid_request", 90002, "Tenant '{}' not found. Check to make sure you have the correct tenant ID."};
inline constexpr TokenRefusal kMissingParameter{400, "invalid_request", 900144,
                                                "The request body must contain the following parameter: '{}'."};
inline constexpr TokenRefusal kUnsupportedGrant{
    400, "unsupported_grant_type", 70003,
    "The app requested an unsupported grant type. Offered: client_credentials, refresh_token, device_code."};
inline constexpr TokenRefusal kMissingSecret{
    401, "invalid_client", 7000218,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."};
inline constexpr TokenRefusal kWrongSecret{401, "invalid_client", 7000215, "Invalid client secret provided."};
inline constexpr TokenRefusal kWrongScope{
    400, "invalid_scope", 70011,
    "The provided value for the input parameter 'scope' is not valid. It must be one resource followed by "
    "'/.default'."};
inline constexpr TokenRefusal kUnknownResource{400, "invalid_resource", 500011,
                                               "The resource principal named '{}' was not found in the tenant."};
inline constexpr TokenRefusal kBadForm{400, "invalid_request", 90014, "The request body is not a form: {}."};
inline constexpr TokenRefusal kUnavailable{503, "temporarily_unavailable", 90033,
                                           "A transient error has occurred. Please try again."};
inline constexpr TokenRefusal kTooManyTries{429, "temporarily_unavailable", 90055,
                                            "Too many wrong secrets came from this address or for this client, or too "
                                            "many sign-ins are in progress. Try again in {} seconds."};
// Client assertions.
inline constexpr TokenRefusal kWrongAssertionType{
    400, "invalid_request", 900021,
    "The client_assertion_type is not 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'."};
inline constexpr TokenRefusal kBadAssertion{401, "invalid_client", 50027, "JWT token is invalid or malformed."};
inline constexpr TokenRefusal kWrongAssertionClient{
    401, "invalid_client", 700021, "Client assertion application identifier does not match 'client_id' parameter."};
inline constexpr TokenRefusal kUnknownCertificate{
    401, "invalid_client", 700027,
    "The certificate with identifier used to sign the client assertion is not registered on application '{}'."};
inline constexpr TokenRefusal kWrongAssertionSignature{401, "invalid_client", 700027,
                                                       "Client assertion failed signature validation."};
inline constexpr TokenRefusal kWrongAssertionAudience{401, "invalid_client", 700023,
                                                      "Client assertion audience claim does not match Realm issuer."};
inline constexpr TokenRefusal kAssertionNotInTime{401, "invalid_client", 700024,
                                                  "Client assertion is not within its valid time range."};
inline constexpr TokenRefusal kUnknownClient{400, "unauthorized_client", 700016,
                                             "Application with identifier '{}' was not found in the directory. Check "
                                             "the client id and the tenant."};
// Refresh tokens and device codes.
inline constexpr TokenRefusal kBadGrant{400, "invalid_grant", 70000, "Provided grant is invalid or malformed."};
inline constexpr TokenRefusal kExpiredGrant{400, "invalid_grant", 700082,
                                            "The refresh token has expired due to inactivity."};
inline constexpr TokenRefusal kPending{400, "authorization_pending", 70016,
                                       "OAuth 2.0 device flow error. Authorization is pending. Continue polling."};
inline constexpr TokenRefusal kBadDeviceCode{400, "bad_verification_code", 70018, "Bad verification code."};
inline constexpr TokenRefusal kExpiredDeviceCode{400, "expired_token", 70019, "Verification code expired."};

}  // namespace quaymaster::identity
