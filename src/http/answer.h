#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace quaymaster::http {

/// "Not Found" for 404; "Unknown" for a status without a standard phrase. Source: RFC 9110 section 15.
std::string_view reason_phrase(int status);

/// How a response's body is delimited on the wire.
struct Framing {
  bool body = false;                            // bytes follow the head
  bool chunked = false;                         // in chunks
  std::optional<std::uint64_t> content_length;  // the field to send, on HEAD as well
  bool close = false;                           // "Connection: close"
};

/// The framing of `reply` to a `method` of HTTP/1.`minor`. 1xx, 204 and 304 have neither body nor length; HEAD has the
/// length and no body; a source of unknown length is sent in chunks or, in HTTP/1.0, ends with the connection.
/// Source: RFC 9112 section 6.
Framing frame(const Reply& reply, Method method, int minor, bool close);

/// Appends status line, fields and the empty line to `out`. Adds Date (given as text), Content-Length,
/// Transfer-Encoding and Connection; drops fields of these names from the reply, except its Date. A field with a line
/// break in its name or value is dropped, since it would inject another field.
void write_head(std::string& out, const Reply& reply, const Framing& framing, std::string_view date);

}  // namespace quaymaster::http
