#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::http {

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case

  /// Empty when there is none.
  std::string_view header(std::string_view name) const {
    for (const auto& [one, value] : headers) {
      if (one == name) {
        return value;
      }
    }
    return {};
  }
};

struct Address {
  std::string host;  // without brackets
  std::string port;
};

/// The parts of "https://host:port/path?query".
struct HttpsUrl {
  Address address;     // port 443 when the URL names none
  std::string target;  // "/" and what follows, as it was written
};

/// Source: RFC 3986. Errc::invalid: no such URL, another scheme, a user name, or a fragment.
Result<HttpsUrl> parse_https_url(std::string_view url);

/// The same of "https://host:port", with nothing behind it but perhaps one slash. Errc::invalid.
Result<Address> parse_address(std::string_view url);

/// What one exchange may take at most.
struct ExchangeLimits {
  std::chrono::milliseconds time = std::chrono::seconds{60};  // in total, the name's lookup included
  std::size_t body_bytes = 64 * kMiB;                         // of the answer
};

/// One request on its own connection, blocking; any thread. The server's certificate must be signed by an
/// authority in the PEM file `authority`, or, when that is empty, by one that the system trusts (SSL_CERT_FILE is
/// heeded), and name the host. Proxies that the environment names are not used, and a redirect is an answer like any
/// other: it is not followed. `target` begins with a slash; `head_lines` are whole header lines without line breaks.
/// Errc::io: no connection, it failed, or the time is over. Errc::unauthenticated: the certificate. Errc::corrupt: not
/// HTTP, or less than the answer's head promised. Errc::too_large: the answer. Errc::invalid: `authority` cannot be
/// read, or `target` is not part of a URL.
Result<HttpAnswer> https_exchange(const Address& address, const std::string& authority, std::string_view method,
                                  std::string_view target, const std::vector<std::string>& head_lines,
                                  std::string_view body, const ExchangeLimits& limits = {});

}  // namespace quaymaster::http
