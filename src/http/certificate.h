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

/// A certificate authority of our own: ECDSA P-256, may sign end certificates only, valid from a day before `now` for
/// ten years. Errc::io: the cryptographic library failed.
Result<CertifiedKey> make_authority(const std::string& common_name, Time now);

/// A server certificate for `hosts` (DNS names, "*.name", or IP addresses), signed by `authority`; P-256, valid from a
/// day before `now` for 397 days, the longest that every client takes. Errc::invalid: the authority cannot be read.
Result<CertifiedKey> issue_certificate(const CertifiedKey& authority, const std::vector<std::string>& hosts, Time now);

/// The end of a PEM certificate's validity. Errc::invalid.
Result<Time> certificate_end(const std::string& certificate);
/// The names of a PEM certificate in the form that issue_certificate takes. Errc::invalid.
Result<std::vector<std::string>> certificate_hosts(const std::string& certificate);

/// Is the first certificate of the PEM text `certificate` signed by `authority`? False for what cannot be read.
bool is_issued_by(const std::string& certificate, const std::string& authority);

}  // namespace quaymaster::http
