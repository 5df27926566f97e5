#pragma once

#include <string>
#include <string_view>

#include "api/router.h"
#include "base/thread_pool.h"
#include "http/message.h"
#include "standin/faults.h"
#include "standin/places/states.h"
#include "standin/request_log.h"
#include "standin/steered_clock.h"

namespace quaymaster::standin {

/// The page of doc/api made from the admin plane's rows.
inline constexpr std::string_view kAdminPage = "AdminPlane";
std::string document_admin_operations();

/// The admin plane: JSON over `/_quaymaster/*` on the Resource Manager port, without authentication, which is why it
/// exists only in the test profile. Foreign web pages have no access: the pipeline refuses foreign hosts, and this
/// class refuses requests that a browser sends for a page of another origin (403) and changes that are not sent as JSON
/// (415), since a browser asks before it sends JSON to another origin. Rows: plane.cc. Errors are
/// {"error":{"code","message"}}. Thread-safe.
class Plane final : public http::Handler {
 public:
  struct Parts {
    SteeredClock& clock;
    Faults& faults;
    RequestLog& log;
    StateStore& states;
    ThreadPool& pool;  // for blocking calls
  };
  explicit Plane(Parts parts);

  /// Whether an address belongs to the admin plane.
  static bool owns(const http::Request& request) { return request.raw_path.starts_with("/_quaymaster/"); }

  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;

 private:
  Parts parts_;
  api::Router router_;
};

}  // namespace quaymaster::standin
