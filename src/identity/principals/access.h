#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "identity/principals/principal.h"
#include "identity/principals/roles.h"
#include "store/database.h"

namespace quaymaster::identity {

/// A principal as the directory lists it, without its secret.
struct PrincipalEntry {
  std::string object_id;
  std::string client_id;
  std::string name;
  std::string external;  // issuer, a blank, the value of its claim; empty: it signs in here with a secret
  Time created;
};

/// A role assigned to a principal at a scope.
struct RoleAssignment {
  std::string id;  // GUID
  std::string object_id;
  const Role* role = nullptr;
  std::string scope;  // as it was written, without a trailing slash; "/" is everything
  std::string principal_type = "ServicePrincipal";
  std::string description;
  Time created;
  Time changed;
  std::string created_by;  // object ids; empty: the server itself
  std::string changed_by;
};

/// Principals and role assignments: the records, and a table of all of them in memory that every request consults.
/// After a change the table is reloaded on the next use: no reader sees the change before the call that makes it
/// commits, and every reader sees it once that call has returned. Otherwise the database is not touched. There are at
/// most a few thousand assignments (Azure allows 4,000 per subscription), so everything is read at once. Thread-safe.
class Access {
 public:
  Access(store::Database& database, Clock& clock, RandomSource& random)
      : database_(database), clock_(clock), random_(random) {}

  /// Assigns ids to assignments of versions that had none. Called once, at the start.
  Result<> name_assignments();

  Result<std::optional<PrincipalEntry>> by_object(std::string_view object_id);
  Result<std::optional<PrincipalEntry>> by_client(std::string_view client_id);
  Result<std::optional<PrincipalEntry>> by_external(std::string_view external);
  /// In the order of their client ids.
  Result<std::vector<PrincipalEntry>> principals();

  /// Does a role of the principal at `scope` or above it satisfy `allows`?
  Result<bool> any_role(std::string_view object_id, std::string_view scope,
                        const std::function<bool(const Role&)>& allows);

  /// Does a role of the principal below `scope` satisfy `allows`? Roles at it or above it do not count.
  Result<bool> any_role_below(std::string_view object_id, std::string_view scope,
                              const std::function<bool(const Role&)>& allows);

  /// In the order of their ids.
  Result<std::vector<RoleAssignment>> assignments();
  Result<std::optional<RoleAssignment>> assignment(std::string_view id);

  /// The outcome of a requested assignment.
  enum class Put {
    made,
    changed,        // the same principal, role and scope under the same id: the description was updated
    exists,         // the same principal, role and scope exist: `assignment`, under its own id
    not_permitted,  // the id belongs to an assignment of another principal, role or scope
    no_principal,
  };
  struct Outcome {
    Put put;
    RoleAssignment assignment;  // as it is stored now; for no_principal as requested
  };
  /// Durable on return. The times of `requested` need not be filled in; without an id it gets one. `may_change`: an
  /// assignment of the same id may take the new description; otherwise the outcome is `exists`.
  Result<Outcome> put(RoleAssignment requested, std::string_view by, bool may_change);
  /// The removed assignment; nullopt: it did not exist. Durable on return. Errc::precondition: it is the last Owner of
  /// everything, without whom no role could be assigned again.
  Result<std::optional<RoleAssignment>> remove(std::string_view id);

  /// For a transaction that creates a principal: writes the assignment unless its principal, role and scope have one.
  Result<> add(store::Writer& writer, const RoleAssignment& requested);
  /// For every transaction that removes a resource or a group: also removes the assignments at `scope` and below, so
  /// that a later resource of that name does not inherit them. "/" is refused: it aborts the program.
  Result<> remove_within(store::Writer& writer, std::string_view scope);
  /// Removes the principal and its assignments. Errc::not_found; Errc::precondition as for `remove`. Durable on return.
  Result<PrincipalEntry> remove_principal(std::string_view client_id);

  /// To be called in every transaction that changes what this class reads; the table in memory becomes stale once the
  /// transaction is durable.
  void changed(store::Writer& writer);
  /// The same when all records were replaced from outside, as by loading a saved state.
  void forget() { ++generation_; }
  /// Counts changes; compare it to validate anything cached that was derived from principals.
  std::uint64_t generation() const { return generation_; }

 private:
  struct Table;
  using Shared = std::shared_ptr<const Table>;
  Result<Shared> table();
  Result<Shared> load();

  store::Database& database_;
  Clock& clock_;
  RandomSource& random_;
  std::atomic<std::uint64_t> generation_ = 1;
  std::mutex mutex_;  // guards the pointer; held only while it is copied
  Shared table_;
  std::mutex loading_;  // one thread reads, the others wait for it
};

/// "/subscriptions/S/" is "/subscriptions/S", and "" is "/".
std::string tidy_scope(std::string_view scope);

}  // namespace quaymaster::identity
