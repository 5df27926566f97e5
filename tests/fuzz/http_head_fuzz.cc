// For any bytes: a head is parsed the same at once and byte by byte, chunks give the same body, and an accepted
// request has a path and a query that decode.

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/encode.h"
#include "http/server/head_check.h"
#include "http/server/head_parser.h"

namespace {

using namespace quaymaster;
namespace beast_http = boost::beast::http;

struct Outcome {
  bool accepted = false;
  http::Request request;
  std::string body;
  bool whole_body = false;
};

/// What a connection does with bytes that arrive `piece` at a time.
Outcome read(Bytes bytes, std::size_t piece) {
  Outcome outcome;
  http::HeadParser parser(outcome.request, 32 * kKiB, 16 * kKiB);
  std::string buffer;
  while (true) {
    boost::beast::error_code error;
    parser.forget_chunk();
    const auto used = buffer.empty() ? 0 : parser.put(boost::asio::buffer(buffer), error);
    if (parser.is_header_done() && parser.chunked()) {
      outcome.body += as_text(parser.chunk());
    }
    buffer.erase(0, used);
    if (error && error != beast_http::error::need_more) {
      return outcome;
    }
    outcome.accepted = parser.is_header_done();
    if (parser.is_done()) {
      outcome.whole_body = parser.chunked();
      return outcome;
    }
    if (outcome.accepted && !parser.chunked()) {
      return outcome;  // the session reads bodies with a length by itself
    }
    if (used > 0 && !error) {
      continue;
    }
    if (bytes.empty()) {
      return outcome;
    }
    const auto part = bytes.first(std::min(piece, bytes.size()));
    buffer += as_text(part);
    bytes = bytes.subspan(part.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 64 * kKiB) {
    return 0;
  }
  const Bytes bytes(data, size);
  static_cast<void>(http::has_folded_field(as_text(bytes)));
  const auto whole = read(bytes, size);
  const auto slow = read(bytes, 1);
  check(whole.accepted == slow.accepted && whole.whole_body == slow.whole_body);
  if (!whole.accepted) {
    return 0;
  }
  check(whole.request.raw_path == slow.request.raw_path && whole.request.query == slow.request.query);
  check(whole.request.headers.fields() == slow.request.headers.fields());
  check(!whole.whole_body || whole.body == slow.body);
  check(percent_decode(whole.request.raw_path).has_value());
  check(!whole.request.raw_path.empty());
  const auto host = whole.request.headers.get("Host");
  check(!host || !http::check_host(whole.request.headers, true) || host->find_first_of(" /%\\@\t") == host->npos);
  return 0;
}
