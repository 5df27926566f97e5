#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace quaymaster::storage {

/// The error as the service renders it (blob.md, 17): status, x-ms-error-code, XML body except for HEAD and 304. An
/// error without a published row gets one by its kind; its cause is only logged.
http::Reply render_error(const Error& error, const http::Request& request, Time now);

/// Text for an element or attribute. Characters that XML cannot represent (for example a control character signed by a
/// client) cause the whole text to be percent-encoded.
std::string xml_text(std::string_view text);

/// The row that an unpublished error of this kind is rendered as.
const ErrorRow& row_of(Errc kind);

/// x-ms-request-id, x-ms-version, Date, Server, and the client's own request id (blob.md, 1.3).
void add_common_headers(http::Headers& headers, const http::Request& request, std::string_view version, Time now);

}  // namespace quaymaster::storage
