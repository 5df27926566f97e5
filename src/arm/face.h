#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/router.h"
#include "arm/context.h"
#include "arm/operation.h"
#include "arm/resource_groups.h"
#include "base/thread_pool.h"
#include "http/message.h"
#include "identity/audit/audit.h"
#include "identity/issuer.h"

namespace quaymaster::arm {

struct FaceOptions {
  std::string region = "WESTEUROPE";  // names this server in x-ms-routing-request-id
  std::size_t largest_body = 4 * kMiB;
};

/// What a face depends on; all of it outlives the face.
struct FaceParts {
  store::Database& database;
  Clock& clock;
  RandomSource& random;
  identity::Issuer& issuer;
  ResourceGroups& groups;
  ThreadPool& pool;
  ThreadPool& large_bodies;  // used instead for large bodies; its threads limit how many are parsed at a time
  identity::AuditLog* audit = nullptr;  // records changes, before they are acknowledged, and refused callers
};

/// Resource Manager: one router over the tables of all providers, and the ordered steps from a request to its answer
/// (face.cc, `answer`). Thread-safe once built.
class Face final : public http::Handler {
 public:
  /// Aborts on an invalid table: rows that overlap, member functions without their owner.
  Face(FaceParts parts, std::vector<Registration> registrations, FaceOptions options = {});
  ~Face() override;

  /// Reads the body only when the row's handler accepts one, and only after the caller was authorized. GET and HEAD are
  /// answered on the connection's thread, where callers take turns, unless the row waits (`bind_waiting`); everything
  /// else runs on a pool.
  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;

  /// Handles a request whose body is already in memory, entirely on this thread. For tests.
  http::Reply answer(const http::Request& request, std::string_view body);

  /// Renders the HTTP server's own refusals (a malformed head) in Resource Manager's form.
  http::Reply refuse(const http::Request& request, int status, std::string_view cause) override;

  const std::vector<Registration>& registrations() const { return registrations_; }

 private:
  struct RoutedOperation {
    const Provider* provider;
    const Operation* operation;
    void* owner;
    bool in_subscription;
    bool in_group;       // below a resource group and not the group itself
    bool is_collection;  // the path ends in a fixed word
  };
  struct Admitted;
  class Counters;

  /// Fills in what it has determined so far, also when it refuses.
  Result<> admit(const http::Request& request, Admitted& admitted) const;
  Result<bool> sees_parts(const Admitted& admitted) const;
  Result<RoutedOperation> route(const http::Request& request, PathParameters& path) const;
  Error unknown_path(const http::Request& request) const;
  Result<Answer> call(const http::Request& request, const Admitted& admitted, std::string_view body);
  /// Calls the handler, renders the answer and writes the audit log. Blocks on the disk when something may have
  /// changed.
  http::Reply finish(const http::Request& request, const Admitted& admitted, std::string_view body);
  http::Reply refuse_caller(const http::Request& request, const Admitted& admitted, Error error);
  http::Reply render(const http::Request& request, const Operation* operation, std::string_view content_type,
                     Result<Answer> result);
  void add_common_headers(const http::Request& request, const Operation* operation, http::Reply& reply);

  FaceParts parts_;
  const std::vector<Registration> registrations_;
  const FaceOptions options_;
  std::vector<RoutedOperation> rows_;
  api::Router router_;
  std::unique_ptr<Counters> counters_;
};

/// {"error":{"code":…,"message":…,"target":…}}: the error as a client reads it. Elements added by Error::with follow.
std::string error_body(const Error& error);

}  // namespace quaymaster::arm
