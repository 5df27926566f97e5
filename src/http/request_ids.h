#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"

/// The ids by which a client finds its own requests again, in answers, logs and jobs.
namespace quaymaster::http {

inline constexpr std::string_view kClientRequestId = "x-ms-client-request-id";
/// Source: blob.md, 2, where more is refused. Resource Manager publishes no limit; its jobs keep the id, so it has the
/// same one.
inline constexpr std::size_t kLongestClientRequestId = 1024;

/// The client's own name for its request, any text. Absent when it sent none, an empty one or one that is too long:
/// such a one is neither echoed nor kept.
std::optional<std::string_view> client_request_id(const Request& request);

/// The GUID in header `name`, which several requests of one client share; the request's own id when there is none.
std::string correlation_id(const Request& request, std::string_view name);

}  // namespace quaymaster::http
