#pragma once

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/caught.h"
#include "base/encode.h"
#include "base/log.h"
#include "http/answer.h"
#include "http/server/head_check.h"
#include "http/server/head_parser.h"
#include "http/server/pace.h"
#include "http/server/worker.h"

// Private to server.cc: one connection from start to end.
namespace quaymaster::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using TlsStream = boost::asio::ssl::stream<Socket>;

inline auto awaiting() {
  return boost::asio::as_tuple(boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>{});
}

inline double in_seconds(std::chrono::milliseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Reads one request after another from a stream and writes each response before reading the next request. Lives in the
/// frame of the coroutine that serves it, on the worker's thread. Stream is Socket or TlsStream.
template <class Stream>
class ServedConnection final : public Connection, private Body {
 public:
  ServedConnection(Worker& worker, Stream stream, const Listener& listener, std::string peer,
                   std::shared_ptr<Guest> guest)
      : worker_(worker),
        stream_(std::move(stream)),
        handler_(*listener.handler),
        observer_(listener.observer),
        peer_(std::move(peer)),
        guest_(std::move(guest)),
        pace_(*guest_),
        place_(worker.enter(*this)) {
    guest_->connection = this;
  }
  ~ServedConnection() override {
    guest_->connection = nullptr;
    worker_.leave(place_);
    release();
  }
  ServedConnection(const ServedConnection&) = delete;
  ServedConnection& operator=(const ServedConnection&) = delete;

  void cut() override {
    boost::system::error_code ignored;
    stream_.lowest_layer().close(ignored);
    deadline = kNever;
  }

  Task<> serve() {
    if constexpr (kTls) {
      set_deadline(guest_->reserved ? timeouts().reserved : timeouts().handshake);
      const auto [error] = co_await stream_.async_handshake(boost::asio::ssl::stream_base::server, awaiting());
      if (error) {
        log::debug("http", "TLS handshake with {} failed: {}", peer_, error.message());
        co_return;
      }
    }
    while (co_await serve_one()) {
    }
    co_await drain_before_close();
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;
  static constexpr std::size_t kSmallBuffer = 4 * kKiB;  // while the connection is idle
  static constexpr std::size_t kBodyBuffer =
      64 * kKiB;  // measured: larger buffers cost more in cache misses than they save in calls
  static constexpr std::size_t kFirstBodyBuffer = 16 * kKiB;  // grows when full, so that slow bodies use little memory
  static constexpr std::size_t kOneWrite = 16 * kKiB;         // head and body up to this size are copied into one write

  enum class Head { ready, closed, refused };

  const Timeouts& timeouts() const { return worker_.options().timeouts; }
  const Limits& limits() const { return worker_.options().limits; }
  void set_deadline(std::chrono::milliseconds from_now) { deadline = steady_seconds() + in_seconds(from_now); }

  Task<bool> serve_one() {
    begin_request();
    const Head head = co_await read_head();
    if (head == Head::closed) {
      co_return false;
    }
    const double started = steady_seconds();
    request_.id = worker_.next_id();
    request_.received = worker_.options().clock->now();
    request_.peer = peer_;
    request_.secure = kTls;
    Reply reply;
    pace_.arrived();
    if (head == Head::refused) {
      reply = handler_.refuse(request_, refused_status_, refused_cause_);
      close_ = true;
      dropping_ = true;
    } else {
      reply = co_await ask_handler();
    }
    co_await send(reply);
    pace_.arrived();
    if (observer_ != nullptr) {
      const Exchange exchange{reply.status, bytes_in_, bytes_out_,     steady_seconds() - started,
                              reply.cause,  failure_,  reply.operation};
      observer_->answered(request_, exchange);
    }
    if (!failure_.empty()) {
      cut();
      co_return false;
    }
    if (!body_done_ && !close_) {
      co_await drop_body();
    }
    co_return !close_ && body_done_;
  }

  void begin_request() {
    release();
    pace_.begin_request();
    body_buffer_ = kFirstBodyBuffer;
    request_.method = Method::other;
    request_.method_text.clear();
    request_.raw_path.clear();
    request_.raw_query.clear();
    request_.query.clear();
    request_.headers.clear();
    request_.content_length.reset();
    request_.chunked = false;
    parser_.emplace(request_, limits().head_bytes, limits().url_bytes);
    body_left_ = 0;
    body_done_ = true;
    wants_continue_ = false;
    body_error_.reset();
    bytes_in_ = 0;
    bytes_out_ = 0;
    failure_ = {};
    out_.clear();
  }

  // --- the head

  Task<Head> read_head() {
    double head_deadline = kNever;
    while (true) {
      while (begin_ < end_ && !parser_->got_some() && (in_[begin_] == '\r' || in_[begin_] == '\n')) {
        ++begin_;  // an empty line before a head is skipped: RFC 9112 section 2.2
      }
      if (begin_ < end_) {
        if (const auto parsed = parse_head()) {
          co_return *parsed;
        }
        head_deadline = std::min(head_deadline, steady_seconds() + in_seconds(timeouts().head));
      }
      idle = begin_ == end_;
      guest_->idle = idle && served_ > 0;
      if (idle && (worker_.draining() || close_)) {
        co_return Head::closed;
      }
      make_room(limits().head_bytes + kSmallBuffer);
      set_deadline(guest_->reserved ? timeouts().reserved : served_ == 0 ? timeouts().head : timeouts().idle);
      deadline = std::min(deadline, head_deadline);
      const auto got = co_await read_some();
      idle = false;
      guest_->idle = false;
      if (got == 0) {
        co_return Head::closed;
      }
    }
  }

  /// nullopt: more bytes are needed.
  std::optional<Head> parse_head() {
    boost::beast::error_code error;
    const auto begin = begin_;
    while (true) {
      begin_ += parser_->put(boost::asio::buffer(in_.data() + begin_, end_ - begin_), error);
      if (error == boost::beast::http::error::need_more) {
        return std::nullopt;
      }
      if (error) {
        return refuse_head(error);
      }
      if (parser_->is_header_done()) {
        return accept_head(std::string_view(reinterpret_cast<const char*>(in_.data()) + begin, begin_ - begin));
      }
    }
  }

  Head refuse_head(const boost::beast::error_code& error) {
    if (parser_->url_too_long()) {
      return refuse(414, "the URL is too long");
    }
    if (error == boost::beast::http::error::header_limit) {
      return refuse(431, "the head of the request is too large");
    }
    return refuse(400, parser_->cause().empty() ? "malformed head: " + error.message() : parser_->cause());
  }

  Head refuse(int status, std::string cause) {
    refused_status_ = status;
    refused_cause_ = std::move(cause);
    return Head::refused;
  }

  Head accept_head(std::string_view text) {
    ++served_;
    if (has_folded_field(text)) {
      return refuse(400, "a field is folded over several lines: send it on one");
    }
    if (const auto sound = check_host(request_.headers, parser_->minor() > 0); !sound) {
      return refuse(400, sound.error().cause());
    }
    const auto coding = request_.headers.get("Transfer-Encoding");
    if (coding && !equal_ignoring_case(*coding, "chunked")) {
      return refuse(501, "the only transfer coding offered is chunked");
    }
    if (const auto expect = request_.headers.get("Expect")) {
      if (!equal_ignoring_case(*expect, "100-continue")) {
        return refuse(417, "the only expectation offered is 100-continue");
      }
      wants_continue_ = parser_->minor() > 0;
    }
    request_.chunked = parser_->chunked();
    if (const auto length = parser_->content_length()) {
      request_.content_length = *length;
      body_left_ = *length;
    }
    body_done_ = !request_.chunked && body_left_ == 0;
    wants_continue_ = wants_continue_ && !body_done_;
    close_ = close_ || guest_->reserved || !parser_->keep_alive();
    if (guest_->reserved && !handler_.is_vital(request_)) {
      return refuse(503, "as many connections are open as max-connections or max-connections-per-address allows");
    }
    return Head::ready;
  }

  // --- the handler

  Task<Reply> ask_handler() {
    int status = 500;
    std::string cause;
    try {
      co_return co_await handler_.handle(request_, *this);
    } catch (...) {
      const auto error = escaped_error();
      status = error.kind() == Errc::busy ? 503 : 500;
      cause = error.cause();
    }
    close_ = true;
    co_return handler_.refuse(request_, status, cause);
  }

  // --- the body

  Task<Result<Bytes>> next() override {
    if (body_error_) {
      co_return *body_error_;
    }
    if (body_done_) {
      co_return Bytes{};
    }
    if (std::exchange(wants_continue_, false) && begin_ == end_) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      if (!co_await write(kContinue, {})) {
        co_return fail_body(io("the peer disconnected before its body"));
      }
    }
    auto answer = request_.chunked ? co_await next_chunk() : co_await next_part();
    if (answer) {
      bytes_in_ += answer.value().size();
    }
    co_return answer;
  }

  Error fail_body(Error error) {
    body_error_ = error;
    close_ = true;
    return error;
  }

  Task<Result<Bytes>> next_part() {
    if (begin_ == end_) {
      make_room(std::min<std::uint64_t>(body_buffer_, std::max<std::uint64_t>(body_left_, kSmallBuffer)));
      set_body_deadline();
      if (co_await read_some() == 0) {
        co_return fail_body(io("the peer sent less than it announced"));
      }
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(end_ - begin_, body_left_));
    const Bytes bytes{in_.data() + begin_, size};
    begin_ += size;
    body_left_ -= size;
    body_done_ = body_left_ == 0;
    co_return bytes;
  }

  Task<Result<Bytes>> next_chunk() {
    while (true) {
      if (begin_ < end_) {
        boost::beast::error_code error;
        parser_->forget_chunk();
        begin_ += parser_->put(boost::asio::buffer(in_.data() + begin_, end_ - begin_), error);
        if (error && error != boost::beast::http::error::need_more) {
          co_return fail_body(invalid("malformed chunk: {}", error.message()));
        }
        if (!parser_->chunk().empty()) {
          co_return parser_->chunk();
        }
        if (parser_->is_done()) {
          body_done_ = true;
          co_return Bytes{};
        }
        if (!error) {
          continue;
        }
      }
      if (begin_ == 0 && end_ >= kBodyBuffer) {
        co_return fail_body(invalid("a chunk's head or the trailer is too large"));
      }
      make_room(body_buffer_);
      set_body_deadline();
      if (co_await read_some() == 0) {
        co_return fail_body(io("the peer sent less than it announced"));
      }
    }
  }

  void set_body_deadline() {
    deadline = std::min(steady_seconds() + pace_.left_to_read(timeouts(), bytes_in_), drop_deadline_);
  }

  Result<> hold(std::size_t bytes) override {
    const auto free = limits().free_body_bytes - std::min(limits().free_body_bytes, body_bytes_);
    body_bytes_ += bytes;
    const auto counted = bytes - std::min(bytes, free);
    if (worker_.held().fetch_add(counted) + counted > limits().held_bytes) {
      worker_.held() -= counted;
      return busy("bodies of other requests take {} bytes; try again later", limits().held_bytes);
    }
    held_ += counted;
    return ok();
  }
  void release() {
    worker_.held() -= std::exchange(held_, 0);
    body_bytes_ = 0;
  }

  /// Reads and drops an unused body so that the next request can be found after it.
  Task<> drop_body() {
    drop_deadline_ = steady_seconds() + in_seconds(timeouts().drop);
    std::uint64_t dropped = 0;
    while (!body_done_ && dropped <= limits().dropped_bytes) {
      const auto bytes = co_await next();
      if (!bytes) {
        break;
      }
      dropped += bytes.value().size();
    }
    drop_deadline_ = kNever;
  }

  /// Whether more of an unused body would have to be read than the connection is worth.
  bool body_is_not_worth_reading() const {
    return !body_done_ && (wants_continue_ || request_.chunked || body_left_ > limits().dropped_bytes);
  }

  // --- the answer

  Task<> send(Reply& reply) {
    if (body_is_not_worth_reading()) {
      close_ = true;
    }
    close_ = close_ || worker_.draining();
    const Framing framing = frame(reply, request_.method, parser_->minor(), close_);
    close_ = framing.close;
    dropping_ = dropping_ || !body_done_;
    write_head(out_, reply, framing, worker_.date(worker_.options().clock->now()));
    if (!framing.body) {
      co_await write(out_, {});
    } else if (reply.source) {
      co_await stream(*reply.source, framing);
    } else if (out_.size() + reply.body.size() <= kOneWrite) {
      out_ += reply.body;
      co_await write(out_, {});
    } else {
      co_await write(out_, reply.body);
    }
  }

  Task<> stream(Source& source, const Framing& framing) {
    std::uint64_t sent = 0;
    while (true) {
      const auto bytes = co_await source.next();
      if (!bytes) {
        failure_ = "the source of the response failed";
        log::warning("http", "request {}: {}: {}", request_.id.text(), failure_, bytes.error().cause());
        co_return;
      }
      const std::string_view text = as_text(bytes.value());
      sent += text.size();
      if (framing.content_length && sent > *framing.content_length) {
        failure_ = "the source of the response had more bytes than announced";
        co_return;
      }
      if (framing.chunked) {
        begin_chunk(text.size(), sent > text.size());
      }
      if (text.empty()) {
        break;
      }
      if (!co_await write(out_, text)) {
        co_return;
      }
      out_.clear();
    }
    if (framing.content_length && sent != *framing.content_length) {
      failure_ = "the source of the response had fewer bytes than announced";
      co_return;
    }
    if (!out_.empty()) {
      co_await write(out_, {});
    }
  }

  /// Source: RFC 9112 section 7.1. The line break after a chunk is sent with the head of the next one.
  void begin_chunk(std::size_t size, bool follows_another) {
    if (follows_another) {
      out_ += "\r\n";
    }
    fmt::format_to(std::back_inserter(out_), "{:x}\r\n", size);
    if (size == 0) {
      out_ += "\r\n";
    }
  }

  // --- bytes

  /// Makes room to read into, moving buffered bytes to the front; grows to `wanted` bytes in all.
  void make_room(std::size_t wanted) {
    if (begin_ > 0) {
      std::copy(in_.begin() + static_cast<std::ptrdiff_t>(begin_), in_.begin() + static_cast<std::ptrdiff_t>(end_),
                in_.begin());
      end_ -= begin_;
      begin_ = 0;
    }
    if (idle && in_.size() > kSmallBuffer) {
      in_ = Buffer(kSmallBuffer);  // an idle connection frees the memory of its last request
    }
    if (idle && out_.capacity() > kSmallBuffer) {
      out_ = std::string();
    }
    if (end_ == in_.size() || (!idle && end_ == 0 && in_.size() < wanted)) {
      in_.resize(std::min(std::max(wanted, in_.size()), std::max<std::size_t>(2 * in_.size(), wanted)));
    }
  }

  /// Appends to the buffer; 0: end of stream, an error, or the deadline.
  Task<std::size_t> read_some() {
    pace_.begin_waiting(steady_seconds());
    const auto [error, size] =
        co_await stream_.async_read_some(boost::asio::buffer(in_.data() + end_, in_.size() - end_), awaiting());
    pace_.end_reading(steady_seconds(), size);
    deadline = kNever;
    end_ += size;
    if (end_ == in_.size()) {
      body_buffer_ = std::min(kBodyBuffer, 4 * body_buffer_);
    }
    co_return error ? 0 : size;
  }

  /// Writes both, or sets failure_. Pace limits how long the peer may take.
  Task<bool> write(std::string_view first, std::string_view second) {
    while (!first.empty() || !second.empty()) {
      const std::array<boost::asio::const_buffer, 2> buffers{boost::asio::buffer(first.data(), first.size()),
                                                             boost::asio::buffer(second.data(), second.size())};
      const double now = steady_seconds();
      deadline = now + pace_.left_to_write(timeouts(), bytes_out_);
      pace_.begin_waiting(now);
      const auto [error, size] = co_await stream_.async_write_some(buffers, awaiting());
      pace_.end_writing(steady_seconds(), size);
      deadline = kNever;
      if (error) {
        failure_ = "the peer disconnected or took too long";
        co_return false;
      }
      bytes_out_ += size;
      const auto of_first = std::min(size, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(size - of_first);
    }
    co_return true;
  }

  /// Closing with unread bytes in the receive buffer sends a reset, which may destroy the response in transit. So
  /// incoming bytes are read first: for a limited time rather than up to a number of bytes, since an uploading client
  /// reads the response only after it has sent everything.
  Task<> drain_before_close() {
    if (!stream_.lowest_layer().is_open()) {
      co_return;
    }
    if constexpr (!kTls) {
      boost::system::error_code ignored;
      stream_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
    }
    const double until = steady_seconds() + in_seconds(timeouts().drop);
    while (dropping_) {
      begin_ = end_ = 0;
      make_room(kBodyBuffer);
      deadline = until;
      if (co_await read_some() == 0) {
        break;
      }
    }
    if constexpr (kTls) {
      set_deadline(std::min(timeouts().handshake, timeouts().drop));
      co_await stream_.async_shutdown(awaiting());
    }
    cut();
  }

  Worker& worker_;
  Stream stream_;
  Handler& handler_;
  Observer* const observer_;
  const std::string peer_;
  const std::shared_ptr<Guest> guest_;
  Pace pace_;
  const std::list<Connection*>::iterator place_;

  Buffer in_ = Buffer(kSmallBuffer);  // [begin_, end_) has been read but not used
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string out_;

  Request request_;
  std::optional<HeadParser> parser_;
  std::uint64_t served_ = 0;
  int refused_status_ = 0;
  std::string refused_cause_;

  std::uint64_t body_left_ = 0;
  std::size_t body_buffer_ = kFirstBodyBuffer;
  std::size_t body_bytes_ = 0;  // that the handler keeps
  std::size_t held_ = 0;        // part of body_bytes_ counted in worker_.held()
  bool body_done_ = true;
  bool wants_continue_ = false;
  std::optional<Error> body_error_;
  double drop_deadline_ = kNever;

  bool close_ = false;     // after this response
  bool dropping_ = false;  // the peer may still be sending
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::string_view failure_;
};

}  // namespace quaymaster::http
