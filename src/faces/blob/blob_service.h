#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "blob/blob_store.h"
#include "faces/blob/blob_address.h"
#include "faces/blob/blob_cors.h"
#include "http/message.h"
#include "identity/audit/audit.h"
#include "identity/principals/principal.h"
#include "store/database.h"
#include "store/memo.h"

namespace quaymaster::storage {

/// What the Blob face needs to know about an account.
struct BlobAccount {
  std::string name;
  std::string resource_id;   // the scope of role assignments
  std::vector<Buffer> keys;  // decoded; either is accepted
  bool takes_keys = true;    // Shared Key and signatures made with the keys are accepted; false: tokens only
  std::string sku = "Standard_LRS";
  std::string kind = "StorageV2";
};

/// What the face needs from the rest of the server. The functions are called concurrently on connection threads: they
/// must answer from memory or by reading one record.
struct BlobNeighbours {
  /// Errc::not_found: no such account.
  std::function<Result<BlobAccount>(const std::string& name)> account;
  /// Errc::unauthenticated. Not set: bearer tokens are refused.
  std::function<Result<identity::Principal>(const http::Request& request, std::string_view token)> verify_token;
  /// May the principal do this at this scope? Operations on blobs are data actions of roles, the others are actions.
  std::function<Result<bool>(const identity::Principal& principal, std::string_view action, std::string_view scope)>
      allowed;
  /// Records changes, soon on disk, and refused callers. May be null.
  identity::AuditLog* audit = nullptr;
};

struct BlobOptions {
  AddressRules addresses;
  /// "https://localhost:8443/TENANT/oauth2/authorize": where a client without a token is sent; empty: nowhere.
  std::string authorization_uri;
};

/// The tables of the face: service properties of the accounts.
store::Schema blob_schema();

/// The Blob REST service: each request matches one row of blob_operations.h. Bodies are streamed in both directions
/// with one span in memory; a request that will be refused is refused before its body is read. All arguments must
/// outlive it. Thread-safe.
class BlobService final : public http::Handler {
 public:
  BlobService(blob::Store& blobs, store::Database& database, Clock& clock, ThreadPool& pool, BlobNeighbours neighbours,
              BlobOptions options = {});

  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;
  http::Reply refuse(const http::Request& request, int status, std::string_view cause) override;

 private:
  /// What is known about a request, as far as processing got.
  struct Progress {
    std::string version;
    std::string_view operation;
    std::string account;         // an existing account
    identity::AuditEntry entry;  // the caller
  };
  http::Task<Result<http::Reply>> answer_to(http::Request& request, http::Body& body, Progress& progress);
  Result<std::shared_ptr<const CorsRules>> cors_rules_of(std::string_view account);
  void write_audit(const http::Request& request, const http::Reply& reply, std::string_view code,
                   identity::AuditEntry entry);

  blob::Store& blobs_;
  store::Database& database_;
  Clock& clock_;
  ThreadPool& pool_;
  const BlobNeighbours neighbours_;
  const BlobOptions options_;
  store::Memo<CorsRules> cors_;  // of every account requested so far
};

}  // namespace quaymaster::storage
