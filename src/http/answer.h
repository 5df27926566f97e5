#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace quaymaster::http {

/// "Not Found" for 404; "Unknown" for a status without a phrase. Source: RFC 9110 section 15.
std::string_view reason_phrase(int status);

/// How an answer's body is delimited on the wire.
struct Framing {
  bool body = false;                            // bytes follow the head
  bool chunked = false;                         // in chunks
  std::optional<std::uint64_t> content_length;  // the field to send, also on HEAD
  bool close = false;                           // "Connection: close"
};

/// The framing of `reply` to a `method` of HTTP/1.`minor`. 1xx, 204 and 304 have neither body nor length; HEAD has the
/// length and no body; a source of unknown length is chunked, or ends with the connection in HTTP/1.0.
/// Source: RFC 9112 section 6.
Framing frame(const Reply& reply, Method method, int minor, bool close);

/// Appends status line, fields and the empty line to `out`. Adds Date (given as text), Content-Length,
/// Transfer-Encoding and Connection; leaves out fields of these names that the reply brings, but keeps its Date. A
/// field with a line break in name or value is left out: it would be another field.
void write_head(std::string& out, const Reply& reply, const Framing& framing, std::string_view date);

}  // namespace quaymaster::http
