#pragma once

#include <string>
#include <thread>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "identity/tokens/external_issuer.h"

namespace quaymaster::server {

/// Fetches the keys of the configured OpenID issuer and keeps them up to date: reloaded every hour, and within a minute
/// of a token that names an unknown key.
class IssuerKeys {
 public:
  /// `source` is a file with a JSON Web Key Set or the https address of one. `clock` is the system clock, since
  /// issuers change their keys in real time. All arguments must outlive this.
  IssuerKeys(Disk& disk, Clock& clock, identity::ExternalIssuer& issuer, std::string source);

  /// Errc::invalid: not a key set. Errc::not_found: no such file. Also the errors of https_exchange.
  Result<> load();
  /// The same at the start of the server: an address that does not answer is retried every minute, since the issuer may
  /// not be running yet; until then its tokens are refused.
  Result<> load_first();
  void start();
  void stop();

 private:
  Result<std::string> fetch();
  bool is_address() const { return source_.starts_with("https://"); }

  Disk& disk_;
  Clock& clock_;
  identity::ExternalIssuer& issuer_;
  const std::string source_;
  bool loaded_ = false;  // used by the thread that calls `start`, then by `thread_`
  std::jthread thread_;
};

}  // namespace quaymaster::server
