#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// The parts of "https://host:port"; a path is not taken. Errc::invalid.
struct Address {
  std::string host;  // without brackets
  std::string port;
};
Result<Address> parse_address(std::string_view url);

/// One request on a connection of its own, blocking. The server's certificate must be signed by an authority in the PEM
/// file `authority`, or, when that is empty, by one that the system trusts (SSL_CERT_FILE is heeded), and name the
/// host. `head_lines` are whole header lines without line breaks. Errc::io: no connection, or it ended too soon.
/// Errc::unauthenticated: the certificate. Errc::corrupt: not HTTP. Errc::too_large: an answer of more than 64 MiB.
Result<HttpAnswer> https_exchange(const Address& address, const std::string& authority, std::string_view method,
                                  std::string_view target, const std::vector<std::string>& head_lines,
                                  std::string_view body, std::chrono::seconds timeout = std::chrono::seconds{60});

/// A whole answer as it came, up to the end of the connection. Errc::corrupt: not HTTP, or cut short.
Result<HttpAnswer> parse_answer(std::string_view text);

}  // namespace quaymaster::http
