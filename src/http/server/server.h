#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "http/message.h"

namespace quaymaster::http {

/// What a TLS listener presents: the whole chain, server certificate first, and that certificate's key, both PEM.
struct TlsIdentity {
  std::string certificate_chain;
  std::string private_key;
};

struct Listener {
  std::string address = "127.0.0.1";  // numeric, IPv4 or IPv6
  std::uint16_t port = 0;             // 0: the system chooses
  std::optional<TlsIdentity> tls;     // absent: plain HTTP
  Handler* handler = nullptr;         // outlives the server
  Observer* observer = nullptr;       // may be null; outlives the server
};

struct Limits {
  std::size_t head_bytes = 32 * kKiB;       // request line and fields; beyond it 431
  std::size_t url_bytes = 16 * kKiB;        // beyond it 414
  std::size_t connections = 2048;           // per listener; see Admission for what happens beyond it
  std::size_t per_address = 1024;           // of the connections above
  std::size_t dropped_bytes = kMiB;         // of an unused body, read to keep the connection
  std::size_t held_bytes = 64 * kMiB;       // bodies kept whole in memory, over all requests; small ones do not count
  std::size_t free_body_bytes = 64 * kKiB;  // of each body, not counted against held_bytes
};

/// Measured by the system clock: they protect the process, and a test's clock must not prevent that.
struct Timeouts {
  std::chrono::milliseconds handshake{10'000};  // TLS handshake, from accept to its end; also the TLS shutdown
  std::chrono::milliseconds idle{120'000};      // between two requests
  std::chrono::milliseconds head{30'000};       // from the first byte of a head to its last
  std::chrono::milliseconds read{60'000};       // until the next bytes of a body
  std::chrono::milliseconds body{30'000};       // for the first 64 KiB of a body; after that at least 1 KiB per second
  std::chrono::milliseconds write{60'000};      // until the peer takes more bytes; on average at least 1 KiB per second
  std::chrono::milliseconds reserved{5'000};    // for the head of a request on a reserved connection (Admission)
  std::chrono::milliseconds drop{1'000};        // for reading an unused body before closing
};

struct Options {
  std::size_t threads = 0;  // 0: one per core
  Limits limits;
  Timeouts timeouts;
  Clock* clock = nullptr;          // for Request::received and Date; outlives the server
  RandomSource* random = nullptr;  // for Request::id; outlives the server
};

/// Listens and calls the listeners' handlers. HTTP/1.1 (and 1.0 without keep-alive), TLS 1.2 and later, no compression.
/// A connection stays on one thread for its life; connections are assigned to threads in turn.
class Server {
 public:
  /// Listens without answering: the ports are known, and connections wait. Errc::busy: an address is in use.
  /// Errc::invalid: an invalid address, or a key that does not match its certificate. Errc::forbidden: the port needs
  /// privileges.
  static Result<std::unique_ptr<Server>> listen(Options options, std::vector<Listener> listeners);
  /// Starts calling handlers. Call once.
  void start();
  /// listen() and start().
  static Result<std::unique_ptr<Server>> start(Options options, std::vector<Listener> listeners);
  /// As drain(0).
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The port of the listener with this index.
  std::uint16_t port(std::size_t listener) const;
  std::size_t connections() const;

  /// Stops accepting, closes idle connections, lets requests in progress finish with "Connection: close", and cuts the
  /// rest after `limit`. Returns when all threads have ended. May be called from any thread, and repeatedly.
  void drain(std::chrono::milliseconds limit);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quaymaster::http
