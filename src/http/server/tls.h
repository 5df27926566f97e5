#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>

#include "http/server/server.h"

namespace quaymaster::http {

/// A context for a listener: TLS 1.2 and 1.3, forward secrecy and authenticated encryption only, no compression, no
/// renegotiation, "http/1.1" by ALPN.
/// Errc::invalid: not PEM, or the key does not match the certificate.
Result<std::shared_ptr<boost::asio::ssl::context>> server_context(const TlsIdentity& identity);

}  // namespace quaymaster::http
