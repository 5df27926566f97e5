#pragma once

#include <string>
#include <thread>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "identity/tokens/external_issuer.h"

namespace quaymaster::server {

/// Brings the keys of the configured OpenID issuer and keeps them fresh: read again every hour, and within a minute of
/// a token that names a key nobody knows.
class IssuerKeys {
 public:
  /// `source` is a file with a JSON Web Key Set or the https address of one. `clock` is the machine's, since issuers
  /// change their keys in real time. All outlive this.
  IssuerKeys(Disk& disk, Clock& clock, identity::ExternalIssuer& issuer, std::string source);

  /// Errc::invalid: not a key set. Errc::not_found: no such file. What https_exchange answers.
  Result<> load();
  /// The same at the start of the server: an address that does not answer is tried again every minute, since the issuer
  /// may not be up yet; until then its tokens are refused.
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
  bool loaded_ = false;  // before `start` of the caller's thread, then of `thread_`
  std::jthread thread_;
};

}  // namespace quaymaster::server
