#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "http/request.h"
#include "http/task.h"

namespace quaymaster::http {

/// A request's body, streamed. The session reads more only on demand, so memory is bounded by one span.
class Body {
 public:
  virtual ~Body() = default;
  /// The next bytes, at most 256 KiB, valid until the next call; empty at the end. Errc::io: the peer disconnected or
  /// sent less than it announced. Sends "100 Continue" first when the client waits for it, so check the head before the
  /// first call.
  virtual Task<Result<Bytes>> next() = 0;
  /// Reserves memory to keep `bytes` of this body until its request is answered. Errc::busy: too much is already held
  /// for other requests (Limits::held_bytes).
  virtual Result<> hold(std::size_t bytes);
};

/// Reads a body into memory. Errc::too_large: more than `limit` bytes. Errc::busy: as Body::hold.
Task<Result<std::string>> read_all(Body& body, std::size_t limit);

/// A response's body, streamed.
class Source {
 public:
  virtual ~Source() = default;
  /// The next bytes, valid until the next call; empty at the end. An error aborts the connection, since the head has
  /// been sent.
  virtual Task<Result<Bytes>> next() = 0;
};

struct Reply {
  int status = 200;
  Headers headers;                 // the session adds Content-Length, except on HEAD (see length)
  std::string body;                // used when there is no source
  std::unique_ptr<Source> source;  // streamed instead of `body`
  /// Number of bytes that `source` yields, or the Content-Length that a HEAD announces.
  std::optional<std::uint64_t> length;
  bool close = false;  // close the connection after this response

  // For the log and the metrics, never sent.
  std::string cause;           // why this is a refusal
  std::string_view operation;  // the row that matched; static storage
};

/// Answers one request. Called on the connection's thread and must not block it: blocking work goes through offload
/// (offload.h).
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Task<Reply> handle(Request& request, Body& body) = 0;

  /// The response when `handle` was not called, because the head is not acceptable (400, 414, 431) or there are too
  /// many open connections (503), or when it threw (503 when out of memory, else 500). Of `request` only id, peer,
  /// secure and received are guaranteed to be set. By default a line of plain text.
  virtual Reply refuse(const Request& request, int status, std::string_view cause);

  /// Must `request` be answered even when the port has no free connection? For health checks; must be cheap.
  virtual bool is_vital(const Request& request) const;
};

/// The outcome of one request, reported once its response has been sent or has failed.
struct Exchange {
  int status = 0;
  std::uint64_t bytes_in = 0;   // body bytes, as far as they were read
  std::uint64_t bytes_out = 0;  // head and body
  double seconds = 0;           // from the complete head to the last byte passed to the system
  std::string_view cause;       // of a refusal
  std::string_view failure;     // why the response was not sent completely; empty when it was
  std::string_view operation;
};

/// Called after every answered request, on the connection's thread. Must be quick and thread-safe.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void answered(const Request& request, const Exchange& exchange) = 0;
};

}  // namespace quaymaster::http
