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

/// What a TLS listener shows: the whole chain, server certificate first, and the key of that certificate, both PEM.
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
  std::size_t head_bytes = 32 * kKiB;  // request line and fields; more is answered 431
  std::size_t url_bytes = 16 * kKiB;   // more is answered 414
  std::size_t connections = 2048;      // of one listener; what happens then: Admission
  std::size_t per_address = 1024;      // of those
  std::size_t dropped_bytes = kMiB;    // of a body nobody wanted, read to keep the connection
  std::size_t held_bytes = 64 * kMiB;  // of bodies kept whole in memory, all requests together; small ones are free
  std::size_t free_body_bytes = 64 * kKiB;  // of a body that do not count against held_bytes
};

/// On the machine's own time: they protect the process, and a test's clock must not stop that.
struct Timeouts {
  std::chrono::milliseconds handshake{10'000};  // TLS, from the connection to its end; also the TLS goodbye
  std::chrono::milliseconds idle{120'000};      // between two requests
  std::chrono::milliseconds head{30'000};       // from the first byte of a head to its last
  std::chrono::milliseconds read{60'000};       // until the next bytes of a body
  std::chrono::milliseconds body{30'000};       // for the first 64 KiB of a body; then a KiB a second is enough
  std::chrono::milliseconds write{60'000};      // until the peer takes further bytes, a KiB a second on average
  std::chrono::milliseconds reserved{5'000};    // for the head of a request on a reserved connection (Admission)
  std::chrono::milliseconds drop{1'000};        // for reading what nobody wanted
};

struct Options {
  std::size_t threads = 0;  // 0: one a core
  Limits limits;
  Timeouts timeouts;
  Clock* clock = nullptr;          // of Request::received and Date; outlives the server
  RandomSource* random = nullptr;  // of Request::id; outlives the server
};

/// Listens, and answers with the listeners' handlers. HTTP/1.1 (and 1.0 without keep-alive), TLS 1.2 and later, no
/// compression. A connection stays on one thread for its life; connections are dealt out to threads in turn.
class Server {
 public:
  /// Listens and answers nothing yet: the ports are known, and connections wait. Errc::busy: an address is in use.
  /// Errc::invalid: not an address, or a key that does not fit its certificate. Errc::forbidden: the port needs
  /// privileges.
  static Result<std::unique_ptr<Server>> listen(Options options, std::vector<Listener> listeners);
  /// From here on handlers are called. Once.
  void start();
  /// Both at once.
  static Result<std::unique_ptr<Server>> start(Options options, std::vector<Listener> listeners);
  /// As drain(0).
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The port that the listener of this index has.
  std::uint16_t port(std::size_t listener) const;
  std::size_t connections() const;

  /// Accepts nothing more, closes idle connections, lets requests in progress finish with "Connection: close", and cuts
  /// what is left after `limit`. Returns when all threads have ended. May be called from any thread, once or more
  /// often.
  void drain(std::chrono::milliseconds limit);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quaymaster::http
