#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace quaymaster::http {

/// A certificate and its key, both PEM.
struct CertifiedKey {
  std::string certificate;
  std::string private_key;  // secret
};

/// A certificate authority of our own: ECDSA P-256, may sign only end-entity certificates, valid from a day before
/// `now` for ten years, and only for `hosts` (names including their subdomains, and IP addresses; RFC 5280, 4.2.1.10),
/// so that trusting it, or stealing its key, affects one server's names only. `hosts` must include both kinds.
/// Errc::invalid: an invalid host. Errc::io: the cryptographic library failed.
Result<CertifiedKey> make_authority(const std::string& common_name, const std::vector<std::string>& hosts, Time now);

/// May the authority with this PEM certificate sign for all of `hosts`? False when it cannot be read.
bool may_issue_for(const std::string& authority, const std::vector<std::string>& hosts);
/// Does the key belong to the certificate? False when either cannot be read.
bool is_key_of(const CertifiedKey& pair);

/// A server certificate for `hosts` (DNS names, "*.name", or IP addresses), signed by `authority`; P-256, valid from a
/// day before `now` for 397 days, the longest that all clients accept. Errc::invalid: the authority cannot be read.
Result<CertifiedKey> issue_certificate(const CertifiedKey& authority, const std::vector<std::string>& hosts, Time now);

/// When a PEM certificate expires. Errc::invalid.
Result<Time> certificate_end(const std::string& certificate);
/// The names in a PEM certificate, in the form that issue_certificate takes. Errc::invalid.
Result<std::vector<std::string>> certificate_hosts(const std::string& certificate);

/// Is the first certificate of the PEM text `certificate` signed by `authority`? False when either cannot be read.
bool is_issued_by(const std::string& certificate, const std::string& authority);

}  // namespace quaymaster::http
