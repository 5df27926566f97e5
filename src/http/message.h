#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "http/task.h"

namespace quaymaster::http {

enum class Method { get, head, put, post, patch, del, options, other };
std::string_view name(Method method);

/// Header fields in order of arrival; names compare without case. Values are trimmed, never joined.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);  // replaces every field of that name
  /// The first value; none when the field is absent (an empty value is present).
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  void clear() { fields_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// One name=value of a query, decoded ("+" is a blank), in order of arrival; names keep their case.
using Query = std::vector<std::pair<std::string, std::string>>;

/// A request's head. Owned by the session; outlives the handler's coroutine.
struct Request {
  Method method = Method::other;
  std::string method_text;  // as sent
  std::string raw_path;     // as sent, still percent-encoded, without the query: signatures are over it
  std::string raw_query;    // as sent, without "?"
  Query query;              // decoded; Errc::invalid input never gets here (the session answers 400)
  Headers headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool secure = false;  // came over TLS
  std::string peer;     // address without port
  Guid id;              // new for every request
  Time received;

  /// The decoded value of a query parameter; its name compares without case.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

/// A request's body, streamed. The session reads on only when asked, so memory is bounded by one span.
class Body {
 public:
  virtual ~Body() = default;
  /// The next bytes, at most 256 KiB, valid until the next call; empty at the end. Errc::io: the peer went away or sent
  /// less than it promised. Sends "100 Continue" first when the client waits for it, so look at the head before.
  virtual Task<Result<Bytes>> next() = 0;
  /// Asks for the memory to keep `bytes` of this body until its request is answered. Errc::busy: too much of other
  /// requests is being kept (Limits::held_bytes).
  virtual Result<> hold(std::size_t bytes);
};

/// Reads a body into memory. Errc::too_large: more than `limit` bytes. Errc::busy: as Body::hold.
Task<Result<std::string>> read_all(Body& body, std::size_t limit);

/// An answer's body, streamed.
class Source {
 public:
  virtual ~Source() = default;
  /// The next bytes, valid until the next call; empty at the end. An error cuts the connection: the head is out.
  virtual Task<Result<Bytes>> next() = 0;
};

struct Reply {
  int status = 200;
  Headers headers;                 // Content-Length is the session's business, except on HEAD (see length)
  std::string body;                // used when there is no source
  std::unique_ptr<Source> source;  // streamed instead of `body`
  /// Bytes `source` will give, or the Content-Length that a HEAD announces.
  std::optional<std::uint64_t> length;
  bool close = false;  // close the connection after this answer

  // For the log and the metrics, never sent.
  std::string cause;           // why this is a refusal
  std::string_view operation;  // the row that matched; static storage
};

/// Answers one request. Called on the connection's thread; must not block it: what waits goes through offload
/// (offload.h).
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Task<Reply> handle(Request& request, Body& body) = 0;

  /// The answer when `handle` was not asked, because the head is not acceptable (400, 414, 431) or too many
  /// connections are open (503), or when it threw (503 when memory had run out, else 500). Of `request` only id, peer,
  /// secure and received are sure to be filled in. By default a line of plain text.
  virtual Reply refuse(const Request& request, int status, std::string_view cause);

  /// Is `request` to be answered even when the port has no connection left to give? For health; must be cheap.
  virtual bool is_vital(const Request& request) const;
};

/// What became of one request, told once its answer is out or has failed.
struct Exchange {
  int status = 0;
  std::uint64_t bytes_in = 0;   // of the body, as far as it was read
  std::uint64_t bytes_out = 0;  // of head and body
  double seconds = 0;           // from the complete head to the last byte handed to the system
  std::string_view cause;       // of a refusal
  std::string_view failure;     // why the answer did not get out whole; empty when it did
  std::string_view operation;
};

/// Told of every answered request, on the connection's thread. Must be quick and thread-safe.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void answered(const Request& request, const Exchange& exchange) = 0;
};

}  // namespace quaymaster::http
