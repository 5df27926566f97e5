#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/thread_pool.h"
#include "http/message.h"
#include "identity/audit/audit.h"
#include "identity/issuer.h"
#include "identity/personal_tokens.h"
#include "identity/secret_check.h"
#include "identity/sign_in/device_codes.h"
#include "identity/sign_in/graph.h"
#include "identity/sign_in/token_errors.h"
#include "identity/sign_in/token_form.h"

namespace quaymaster::identity {

struct SignInOptions {
  std::string cloud_name = "Quaymaster";
  /// What clients append to an account's name: "blob.localhost:10000" (clients.md, 3.1).
  std::string storage_suffix;
  /// PEM of the certificates a client may sign assertions with; Errc::not_found: it has none.
  std::function<Result<std::string>(std::string_view client_id)> certificates;
  /// Client id of the principal that any client of this server may act as without a secret: as a managed identity, or
  /// with a device code, which is approved at once. Empty, as in the standard profile: not possible.
  std::string open_client;
  AuditLog* audit = nullptr;  // records issued tokens and refused secrets
};

/// The endpoints a client needs before it has a token: token endpoints v1, v2 and ADFS, OpenID configuration, keys,
/// instance discovery, /metadata/endpoints, device codes, managed identities; and those of the directory (graph.h).
/// Every address in an answer is built from the request's Host, because clients compare the two (clients.md, 3.3); the
/// pipeline passes only requests for this server's own names.
/// Thread-safe.
class SignIn final : public http::Handler {
 public:
  struct Pools {
    ThreadPool& requests;
    ThreadPool& secrets;  // see SecretCheck
  };
  SignIn(Issuer& issuer, PersonalTokens& personal, Clock& clock, Pools pools, SignInOptions options);

  /// Is this one of our addresses? All others belong to Resource Manager.
  static bool owns(const http::Request& request);

  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;

  /// The same for a body already read, entirely on the calling thread.
  http::Reply answer(const http::Request& request, std::string_view body);

  const SecretCheck& secrets() const { return secrets_; }

 private:
  /// One token request: the form, the endpoint it was sent to, and the format of its answer.
  struct Exchange {
    const http::Request& request;
    Form form;
    std::string base;
    std::string issuer;
    bool is_version1;
    const Proof& proof;
  };
  /// The outcome of a grant: a principal, or a row to refuse with.
  struct Grant {
    const TokenRefusal* refusal = nullptr;
    std::string argument;  // of the row's text
    std::string cause;     // for the log
    Principal principal;
    std::string resource;  // empty: as the form says
    TokenUse use;
  };
  struct GrantType;
  static const GrantType kGrantTypes[];

  /// The secret that a request presents at any of the endpoints that accept one.
  std::optional<ShownSecret> shown_secret(const http::Request& request, std::string_view body) const;
  http::Reply respond(const http::Request& request, std::string_view body, const Proof& proof);
  http::Reply token(const http::Request& request, std::string_view issuer, bool version1, std::string_view body,
                    const Proof& proof);
  Grant by_client(const Exchange& exchange);
  Grant by_refresh_token(const Exchange& exchange);
  Grant by_device_code(const Exchange& exchange);
  Grant by_assertion(const Exchange& exchange, std::string_view client_id, std::string_view assertion);
  http::Reply device_code(const http::Request& request, std::string_view body);
  http::Reply device_page(const http::Request& request, std::string_view body, const Proof& proof);
  http::Reply managed_identity(const http::Request& request, std::string_view body, const Proof& proof);
  http::Reply refused(const http::Request& request, const TokenRefusal& refusal, std::string_view argument) const;
  /// The row that refuses a presented secret; null when it is right.
  const TokenRefusal* refusal_of(const Proof& proof, std::string_view client_id);
  // Audit log entries: an issued token, and the refusal of a caller that claimed to be `client_id`.
  void note_given(const http::Request& request, std::string_view operation, const Principal& principal) const;
  void note_refused(const http::Request& request, std::string_view operation, std::string_view client_id,
                    const TokenRefusal& refusal, const Proof& proof) const;
  std::optional<Principal> open_principal();

  Issuer& issuer_;
  PersonalTokens& personal_;
  Clock& clock_;
  ThreadPool& pool_;
  const SignInOptions options_;
  SystemRandom random_;
  SecretCheck secrets_;
  DeviceCodes device_codes_;
  Graph graph_;
};

/// "https://localhost:8443": the server's address as this client wrote it.
std::string base_address(const http::Request& request);

}  // namespace quaymaster::identity
