#include "arm/errors.h"

#include "arm/face.h"
#include "wire/json.h"

namespace quaymaster::arm {

const ErrorRow& generic_row(Errc kind) {
  switch (kind) {
    case Errc::not_found:
      return kNotFound;
    case Errc::conflict:
      return kConflict;
    case Errc::precondition:
      return kPreconditionFailed;
    case Errc::invalid:
      return kInvalid;
    case Errc::unauthenticated:
      return kUnauthenticated;
    case Errc::forbidden:
      return kForbidden;
    case Errc::too_large:
      return kTooLarge;
    case Errc::busy:
    case Errc::cancelled:
      return kBusy;
    case Errc::corrupt:
    case Errc::io:
      return kInternal;
    case Errc::no_space:
      return kNoSpace;
    case Errc::unsupported:
      return kUnsupported;
  }
  return kInternal;
}

std::string error_body(const Error& error) {
  const auto* published = error.published();
  const ErrorRow& row = published != nullptr ? *published->row : generic_row(error.kind());
  std::string body = R"({"error":{"code":)";
  wire::append_json_string(body, row.code);
  body += R"(,"message":)";
  wire::append_json_string(body, published != nullptr ? published->message : std::string(row.sentence));
  if (published != nullptr && !published->target.empty()) {
    body += R"(,"target":)";
    wire::append_json_string(body, published->target);
  }
  if (published != nullptr) {
    for (const auto& [element, value] : published->extra) {
      body += ',';
      wire::append_json_string(body, element);
      body += ':';
      wire::append_json_string(body, value);
    }
  }
  body += "}}";
  return body;
}

}  // namespace quaymaster::arm
