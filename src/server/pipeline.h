#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/host_names.h"
#include "http/message.h"
#include "server/data/storage_health.h"
#include "server/metrics/access_log.h"
#include "server/metrics/metrics.h"

namespace quaymaster::server {

/// The handlers. Each outlives the pipeline.
struct Faces {
  http::Handler* arm = nullptr;
  http::Handler* sign_in = nullptr;
  /// Addresses that belong to `sign_in` (identity::SignIn::owns).
  std::function<bool(const http::Request&)> is_sign_in;
  http::Handler* blob = nullptr;
  http::Handler* admin = nullptr;  // for /_quaymaster/*; null: the path does not exist (404)
};

enum class Port { arm, blob };

/// The steps between a listener and the faces; one pipeline per listener. See pipeline.cc for the steps and their
/// order. Thread-safe.
class Pipeline final : public http::Handler, public http::Observer {
 public:
  struct Parts {
    const Faces& faces;  // filled in before the server starts
    Metrics& metrics;
    AccessLog& log;
    std::vector<std::string> blob_domains;       // lower case
    http::HostNames hosts;                       // names of this server, without those of storage accounts
    const std::atomic<bool>& ready;              // what /readyz reports
    http::Observer* further = nullptr;           // also notified of every answered request; may be null
    std::function<StorageState()> storage = {};  // what /readyz reports about the disk; may be empty
  };
  Pipeline(Port port, Parts parts) : port_(port), parts_(std::move(parts)) {}

  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;
  http::Reply refuse(const http::Request& request, int status, std::string_view cause) override;
  /// Health and metrics.
  bool is_vital(const http::Request& request) const override;
  void answered(const http::Request& request, const http::Exchange& exchange) override;

 private:
  FaceName choose(const http::Request& request) const;
  http::Reply health(const http::Request& request) const;
  http::Task<http::Reply> administer(http::Request& request, http::Body& body) const;
  http::Task<http::Reply> misdirected(const http::Request& request, http::Body& body) const;

  const Port port_;
  const Parts parts_;
};

/// Is `host` (a Host field, any case, with or without port) a label followed by one of `domains`?
bool is_account_host(std::string_view host, const std::vector<std::string>& domains);

}  // namespace quaymaster::server
