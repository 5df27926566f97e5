#pragma once

#include <string>

#include "auth/issuer.h"
#include "base/thread_pool.h"
#include "http/message.h"

namespace quaymaster::auth {

struct SignInOptions {
  std::string cloud_name = "Quaymaster";
  /// What clients put behind an account's name: "blob.localhost:10000" (clients.md, 3.1).
  std::string storage_suffix;
};

struct TokenRefusal;

/// The addresses a client needs before it has a token: token endpoints v1, v2 and ADFS, OpenID configuration, keys,
/// instance discovery, /metadata/endpoints. Every address in an answer is built from the request's Host, because
/// clients compare the two (clients.md, 3.3). Thread-safe.
class SignIn final : public http::Handler {
 public:
  /// Secrets are checked on `pool`: the hash is slow on purpose.
  SignIn(Identity& identity, Clock& clock, ThreadPool& pool, SignInOptions options);

  /// Is this one of our addresses? Anything else belongs to Resource Manager.
  static bool owns(const http::Request& request);

  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;

  /// The same for a body already read; what `handle` runs on the pool.
  http::Reply answer(const http::Request& request, std::string_view body);

 private:
  http::Reply token(const http::Request& request, std::string_view issuer, bool version1, std::string_view body);
  http::Reply refused(const http::Request& request, const TokenRefusal& refusal, std::string_view argument) const;

  Identity& identity_;
  Clock& clock_;
  ThreadPool& pool_;
  const SignInOptions options_;
};

/// "https://localhost:8443": the server's address as this client wrote it.
std::string base_address(const http::Request& request);

}  // namespace quaymaster::auth
