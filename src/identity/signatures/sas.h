#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "http/request.h"
#include "identity/signatures/shared_key.h"

namespace quaymaster::identity {

// Refusals of a shared access signature, in addition to kSignatureFailed. Source: blob.md, 3.3 to 3.6 and 17.
inline constexpr ErrorRow kSasPermission{
    403, "AuthorizationPermissionMismatch",
    "This request is not authorized to perform this operation using this permission."};
inline constexpr ErrorRow kSasProtocol{403, "AuthorizationProtocolMismatch",
                                       "This request is not authorized to perform this operation using this protocol."};
inline constexpr ErrorRow kSasSourceIp{
    403, "AuthorizationSourceIPMismatch",
    "This request is not authorized to perform this operation using this source IP {}."};
inline constexpr ErrorRow kSasService{403, "AuthorizationServiceMismatch",
                                      "This request is not authorized to perform this operation using this service."};
inline constexpr ErrorRow kSasResourceType{
    403, "AuthorizationResourceTypeMismatch",
    "This request is not authorized to perform this operation using this resource type."};

/// A stored access policy of a container: supplies what the URL leaves out.
struct StoredPolicy {
  std::optional<Time> start;
  std::optional<Time> expiry;
  std::string permissions;
};
/// The policy with that id of the request's container; none when there is no such policy.
using FindPolicy = std::function<std::optional<StoredPolicy>(std::string_view id)>;

/// The part of a request that a signature can restrict. `blob` is decoded; it is empty for a container or the service.
struct SasRequest {
  const http::Query& query;
  std::string_view account;
  std::string_view container;
  std::string_view blob;
  bool secure = false;    // sent over TLS
  std::string_view peer;  // address without port
};

enum class SasKind { account, service };

/// What a verified signature allows.
struct SasGrant {
  SasKind kind = SasKind::account;
  std::string permissions;     // letters of sp, or of the stored policy
  std::string resource_types;  // letters of srt; account SAS only
  // These replace headers in a read's answer; service SAS only.
  std::optional<std::string> cache_control;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> content_type;
};

/// What an operation requires of a signature: one letter of `account_permissions` (or `service_permissions`) is enough.
struct SasNeed {
  char resource_type = 'o';              // s service, c container, o object, * any of them
  std::string_view account_permissions;  // empty: an account SAS never suffices; "*": any letter does
  std::string_view service_permissions;  // empty: a service SAS never suffices; "*": any letter does
};

bool has_sas(const http::Query& query);  // the query carries a signature

/// The text that was signed, from the query as sent. Sources: Create an account SAS, Create a service SAS (blob.md, 3.3
/// and 3.4, the table of versions). For every sv from 2011 on.
std::string account_sas_text(const SasRequest& request);
std::string service_sas_text(const SasRequest& request);

/// Checks form, signature (either key, constant time), times, protocol, address and service of the query's signature.
/// The signed text has one line per value, so no value may contain a control character: a name with line feeds could
/// forge the lines after it. The letters of a service SAS must be in the service's order, each once; those of an
/// account SAS may be in any order. Errc::forbidden with one of the rows above or kSignatureFailed. A user delegation
/// SAS (skoid) and a directory SAS (sr=d) are not offered and are refused as kSignatureFailed with a detail that says
/// so; a stored policy (si) needs `find_policy`.
Result<SasGrant> verify_sas(const SasRequest& request, std::span<const Buffer> keys, Time now,
                            const FindPolicy& find_policy = {});

/// Errc::forbidden with kSasResourceType or kSasPermission.
Result<> permit(const SasGrant& grant, const SasNeed& need);

}  // namespace quaymaster::identity
