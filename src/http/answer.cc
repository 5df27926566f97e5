#include "http/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encode.h"

namespace quaymaster::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};
constexpr Phrase kPhrases[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

bool is_ours(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kOurs{"Content-Length", "Transfer-Encoding", "Connection"};
  return std::ranges::any_of(kOurs, [&](std::string_view ours) { return equal_ignoring_case(name, ours); });
}

bool breaks_a_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* found = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return found != std::end(kPhrases) && found->status == status ? found->text : "Unknown";
}

Framing frame(const Reply& reply, Method method, int minor, bool close) {
  Framing framing;
  framing.close = close || reply.close || minor == 0;
  if (reply.status < 200 || reply.status == 204 || reply.status == 304) {
    return framing;
  }
  framing.content_length = reply.length;
  if (!reply.source && (method != Method::head || !reply.length)) {
    framing.content_length = reply.body.size();
  }
  if (method == Method::head) {
    return framing;
  }
  framing.body = reply.source != nullptr || !reply.body.empty();
  if (reply.source && !reply.length) {
    framing.chunked = minor > 0;
  }
  return framing;
}

void write_head(std::string& out, const Reply& reply, const Framing& framing, std::string_view date) {
  const fmt::format_int status(reply.status);
  out.append("HTTP/1.1 ").append(status.data(), status.size()).append(" ");
  out.append(reason_phrase(reply.status)).append("\r\n");
  bool has_date = false;
  for (const auto& [name, value] : reply.headers.fields()) {
    if (is_ours(name) || breaks_a_line(name) || breaks_a_line(value)) {
      continue;
    }
    has_date = has_date || equal_ignoring_case(name, "Date");
    append_field(out, name, value);
  }
  if (!has_date) {
    append_field(out, "Date", date);
  }
  if (framing.chunked) {
    append_field(out, "Transfer-Encoding", "chunked");
  } else if (framing.content_length) {
    const fmt::format_int length(*framing.content_length);
    append_field(out, "Content-Length", std::string_view(length.data(), length.size()));
  }
  if (framing.close) {
    append_field(out, "Connection", "close");
  }
  out.append("\r\n");
}

}  // namespace quaymaster::http
