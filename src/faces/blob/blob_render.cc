#include "faces/blob/blob_render.h"

#include <fmt/format.h>

#include <string>

#include "base/check.h"
#include "base/encode.h"
#include "faces/blob/blob_errors.h"
#include "http/request_ids.h"
#include "wire/xml_writer.h"

namespace quaymaster::storage {
namespace {

std::string error_body(const Error& error, const ErrorRow& row, const http::Request& request, Time now) {
  const auto* published = error.published();
  const std::string_view sentence = published != nullptr ? published->message : row.sentence;
  std::string body;
  wire::XmlWriter xml(body);
  xml.start("Error").element("Code", row.code);
  xml.element("Message",
              xml_text(fmt::format("{}\nRequestId:{}\nTime:{}", sentence, request.id.text(), format_time(now))));
  if (published != nullptr) {
    for (const auto& [name, value] : published->extra) {
      xml.element(name, xml_text(value));
    }
  }
  xml.end();
  check(xml.finish().has_value());
  return body;
}

}  // namespace

const ErrorRow& row_of(Errc kind) {
  switch (kind) {
    case Errc::not_found:
      return kResourceNotFound;
    case Errc::conflict:
      return kBlobExists;
    case Errc::precondition:
      return kConditionNotMet;
    case Errc::invalid:
      return kInvalidInput;
    case Errc::unauthenticated:
      return kInvalidToken;
    case Errc::forbidden:
      return kAuthorizationFailure;
    case Errc::too_large:
      return kBodyTooLarge;
    case Errc::busy:
    case Errc::cancelled:
      return kServerBusy;
    case Errc::no_space:
      return kNoSpace;
    case Errc::corrupt:
    case Errc::io:
      return kInternalError;
    case Errc::unsupported:
      return kNotOffered;
  }
  return kInternalError;
}

std::string xml_text(std::string_view text) {
  return wire::xml_can_carry(text) ? std::string(text) : percent_encode(text, " !\"#$&'()*+,/:;<=>?@[]\n");
}

http::Reply render_error(const Error& error, const http::Request& request, Time now) {
  const auto& row = error.published() != nullptr ? *error.published()->row : row_of(error.kind());
  http::Reply reply;
  reply.status = row.status;
  reply.cause = error.cause();
  reply.headers.add("x-ms-error-code", std::string(row.code));
  if (row.status == 503) {
    reply.headers.add("Retry-After", "1");
  }
  if (request.method == http::Method::head || row.status == 304) {
    return reply;
  }
  reply.headers.add("Content-Type", "application/xml");
  reply.body = error_body(error, row, request, now);
  return reply;
}

void add_common_headers(http::Headers& headers, const http::Request& request, std::string_view version, Time now) {
  headers.set("Server", "Quaymaster-Blob/1.0");
  headers.set("x-ms-request-id", request.id.text());
  headers.set("x-ms-version", std::string(version));
  headers.set("Date", format_http_date(now));
  if (const auto client = http::client_request_id(request)) {
    headers.set(http::kClientRequestId, std::string(*client));
  }
}

}  // namespace quaymaster::storage
