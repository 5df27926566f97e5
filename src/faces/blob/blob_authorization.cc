#include "faces/blob/blob_authorization.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/encode.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_headers.h"
#include "identity/principals/errors.h"

namespace quaymaster::storage {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool only_reads(http::Method method) {
  return method == http::Method::get || method == http::Method::head;
}

bool is_bearer(std::string_view authorization) {
  return authorization.size() > kBearer.size() && equal_ignoring_case(authorization.substr(0, kBearer.size()), kBearer);
}

/// What is wrong with a token, in the service's words where they are known.
std::string token_detail(const Error& error) {
  constexpr std::pair<const ErrorRow*, std::string_view> kKnown[] = {
      {&identity::kExpiredToken, "Lifetime validation failed. The token is expired."},
      {&identity::kTokenNotYetValid, "Lifetime validation failed. The token is not yet valid."},
      {&identity::kInvalidTokenAudience, "Audience validation failed. Audience did not match."},
      {&identity::kInvalidTokenIssuer, "Issuer validation failed. Issuer did not match."},
      {&identity::kInvalidTokenSignature, "Signature validation failed. Signature verification failed."},
      {&identity::kUnknownSigningKey, "Signature validation failed. Signature verification failed."},
  };
  const auto* published = error.published();
  if (published == nullptr) {
    return "The token could not be verified.";
  }
  const auto* known = std::ranges::find(kKnown, published->row, [](const auto& pair) { return pair.first; });
  return known != std::end(kKnown) ? std::string(known->second) : published->message;
}

/// Roles may be assigned at a container.
std::string scope_of(const BlobCall& call) {
  if (call.address.container.empty()) {
    return call.account.resource_id;
  }
  return fmt::format("{}/blobServices/default/containers/{}", call.account.resource_id, call.address.container);
}

Result<> authorize_token(const BlobCall& call, const BlobOperation& operation, const BlobNeighbours& neighbours,
                         std::string_view token, identity::AuditEntry& entry) {
  // A token sent without TLS is exposed (blob.md, 3.7).
  if (!call.request.secure) {
    return refuse(Errc::forbidden, identity::kSasProtocol);
  }
  if (!neighbours.verify_token) {
    return refuse(Errc::unauthenticated, kInvalidToken);
  }
  auto principal = neighbours.verify_token(call.request, token);
  if (!principal) {
    auto detail = token_detail(principal.error());
    return std::move(principal).error().as(kInvalidToken).with("AuthenticationErrorDetail", std::move(detail));
  }
  entry.who = principal.value().object_id;
  entry.name = principal.value().name;
  TRY(const bool allowed, neighbours.allowed(principal.value(), operation.action, scope_of(call)));
  if (!allowed) {
    return Error(Errc::forbidden,
                 fmt::format("{} may not {} at {}", principal.value().object_id, operation.action, scope_of(call)))
        .as(identity::kSasPermission);
  }
  return ok();
}

Result<> authorize_signature(BlobCall& call, const BlobOperation& operation, Time now, identity::AuditEntry& entry) {
  const identity::SasRequest asked{call.request.query, call.address.account, call.address.container,
                                   call.address.blob,  call.request.secure,  call.request.peer};
  TRY(auto grant, identity::verify_sas(asked, call.account.keys, now));
  entry.who = fmt::format("sas {}", call.account.name);
  TRY(identity::permit(grant, operation.signature.need));
  const auto& need = operation.signature.need;
  const auto& letters = grant.kind == identity::SasKind::account ? need.account_permissions : need.service_permissions;
  const bool creates = letters.find('c') != std::string_view::npos && letters.find('w') != std::string_view::npos;
  call.create_only = creates && grant.permissions.find('w') == std::string::npos;
  call.sas = std::move(grant);
  return ok();
}

Result<> refuse_anonymous(const BlobCall& call) {
  // No account is public here; to anonymous callers, resources that could be public elsewhere do not exist (blob.md,
  // 3.8).
  if (only_reads(call.request.method) && call.address.level != Level::service) {
    return refuse(Errc::not_found, kResourceNotFound);
  }
  return refuse(Errc::unauthenticated, kNoAuthentication);
}

}  // namespace

Result<> authorize_blob_call(BlobCall& call, const BlobOperation& operation, const BlobNeighbours& neighbours, Time now,
                             identity::AuditEntry& entry) {
  const auto authorization = header(call.request, "Authorization").value_or("");
  // If a request has both a header and a signature, the header alone decides: az sends both when its environment has a
  // connection string.
  const bool has_sas = authorization.empty() && identity::has_sas(call.request.query);
  const bool by_key = identity::is_shared_key(authorization) || has_sas;
  if (by_key && !call.account.takes_keys) {
    return refuse(Errc::forbidden, kKeysNotTaken);
  }
  if (identity::is_shared_key(authorization)) {
    const identity::SharedKeyAccount account{call.account.name, call.account.keys};
    TRY(identity::verify_shared_key(call.request, account, call.version, now));
    entry.who = fmt::format("key {}", call.account.name);
  } else if (is_bearer(authorization)) {
    TRY(authorize_token(call, operation, neighbours, authorization.substr(kBearer.size()), entry));
  } else if (!authorization.empty()) {
    return refuse(Errc::invalid, kBadAuthorization);
  } else if (has_sas) {
    TRY(authorize_signature(call, operation, now, entry));
  } else {
    return refuse_anonymous(call);
  }
  if (call.address.secondary && !only_reads(call.request.method)) {
    return refuse(Errc::forbidden, kSecondaryWrite);
  }
  return ok();
}

}  // namespace quaymaster::storage
