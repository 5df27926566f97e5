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

/// A principal as the directory lists it; its secret is nobody's business.
struct PrincipalEntry {
  std::string object_id;
  std::string client_id;
  std::string name;
  std::string external;  // issuer, a blank, the value of its claim; empty: it signs in here with a secret
  Time created;
};

/// A role given to a principal at a scope.
struct RoleAssignment {
  std::string id;  // GUID
  std::string object_id;
  const Role* role = nullptr;
  std::string scope;  // as it was written, without a slash at its end; "/" is everything
  std::string principal_type = "ServicePrincipal";
  std::string description;
  Time created;
  Time changed;
  std::string created_by;  // object ids; empty: the server itself
  std::string changed_by;
};

/// Principals and role assignments: the records, and the table made of all of them that every request asks. The table
/// is read again after a change, before the change returns to its caller nobody sees it and after that everybody does;
/// in between nothing touches the database. There are thousands of assignments at most (Azure allows 4,000 a
/// subscription), so the whole is read at once. Thread-safe.
class Access {
 public:
  Access(store::Database& database, Clock& clock, RandomSource& random)
      : database_(database), clock_(clock), random_(random) {}

  /// Gives an id to assignments of versions that had none. At the start, once.
  Result<> name_assignments();

  Result<std::optional<PrincipalEntry>> by_object(std::string_view object_id);
  Result<std::optional<PrincipalEntry>> by_client(std::string_view client_id);
  Result<std::optional<PrincipalEntry>> by_external(std::string_view external);
  /// In the order of their client ids.
  Result<std::vector<PrincipalEntry>> principals();

  /// Does a role of the principal at `scope` or above it satisfy `allows`?
  Result<bool> any_role(std::string_view object_id, std::string_view scope,
                        const std::function<bool(const Role&)>& allows);

  /// Does a role of the principal below `scope` do so? Not those at it or above it.
  Result<bool> any_role_below(std::string_view object_id, std::string_view scope,
                              const std::function<bool(const Role&)>& allows);

  /// In the order of their ids.
  Result<std::vector<RoleAssignment>> assignments();
  Result<std::optional<RoleAssignment>> assignment(std::string_view id);

  /// What became of a wish for an assignment.
  enum class Put {
    made,
    changed,        // the same principal, role and scope under the same id: the description is new
    exists,         // the same principal, role and scope under another id, which is in `assignment`
    not_permitted,  // the id belongs to an assignment of another principal, role or scope
    no_principal,
  };
  struct Outcome {
    Put put;
    RoleAssignment assignment;  // as it is stored now; of no_principal as wished
  };
  /// Durable on return. `wished` needs its times not filled in; without an id it gets one. `may_change`: an assignment
  /// of the same id may take the new description; otherwise that is `exists`.
  Result<Outcome> put(RoleAssignment wished, std::string_view by, bool may_change);
  /// What was removed; none when it was not there. Durable on return. Errc::precondition: it is the last Owner of
  /// everything, without whom nobody could give a role again.
  Result<std::optional<RoleAssignment>> remove(std::string_view id);

  /// For a transaction that makes a principal: writes the assignment if there is none of its principal, role and scope.
  Result<> add(store::Writer& writer, const RoleAssignment& wished);
  /// For every transaction that removes a resource or a group: assignments at `scope` and below it go with it, so that
  /// whoever makes something of that name later does not inherit them. "/" is refused: it stops the program.
  Result<> remove_within(store::Writer& writer, std::string_view scope);
  /// Removes the principal and its assignments. Errc::not_found; Errc::precondition as `remove`. Durable on return.
  Result<PrincipalEntry> remove_principal(std::string_view client_id);

  /// To be called in every transaction that changes what this class reads; what is in memory is then out of date once
  /// it is durable.
  void changed(store::Writer& writer);
  /// The same when the records were replaced as a whole behind our back.
  void forget() { ++generation_; }
  /// Counts changes; whoever remembers something derived from principals compares it.
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
  std::mutex mutex_;  // guards the pointer; held while it is copied
  Shared table_;
  std::mutex loading_;  // one reads, the others wait for it
};

/// "/subscriptions/S/" is "/subscriptions/S", and "" is "/".
std::string tidy_scope(std::string_view scope);

}  // namespace quaymaster::identity
