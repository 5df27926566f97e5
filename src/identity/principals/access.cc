#include "identity/principals/access.h"

#include <algorithm>

#include "base/check.h"
#include "base/encode.h"

namespace quaymaster::identity {
namespace {

constexpr const char* kPrincipals =
    "SELECT object_id, client_id, name, external, created FROM auth_principals ORDER BY client_id";

#define QM_COLUMNS \
  "id, object_id, role, shown_scope, principal_type, description, created, changed, created_by, changed_by"
constexpr const char* kAssignments =
    "SELECT " QM_COLUMNS " FROM auth_role_assignments WHERE id IS NOT NULL ORDER BY id";
constexpr const char* kById = "SELECT " QM_COLUMNS " FROM auth_role_assignments WHERE id = ?";
constexpr const char* kByContent =
    "SELECT " QM_COLUMNS " FROM auth_role_assignments WHERE object_id = ? AND role = ? AND scope = ?";
#undef QM_COLUMNS

/// None for a role unknown to this version: the assignment is kept but grants nothing.
std::optional<RoleAssignment> read_assignment(const store::Row& row) {
  RoleAssignment one;
  one.role = find_role(row.text(2));
  if (one.role == nullptr) {
    return std::nullopt;
  }
  one.id = row.text(0);
  one.object_id = row.text(1);
  one.scope = row.text(3);
  one.principal_type = row.text(4);
  one.description = row.text(5);
  one.created = row.time(6);
  one.changed = row.time(7);
  one.created_by = row.text(8);
  one.changed_by = row.text(9);
  return one;
}

PrincipalEntry read_principal(const store::Row& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3)),
          row.time(4)};
}

Result<std::optional<RoleAssignment>> find_by_id(store::Reader& reader, std::string_view id) {
  std::optional<RoleAssignment> found;
  TRY(reader.first(kById, [&](const store::Row& row) { found = read_assignment(row); }, id));
  return found;
}

Result<> insert(store::Writer& writer, const RoleAssignment& one) {
  TRY(
      writer.change("INSERT INTO auth_role_assignments (object_id, role, scope, created, id, shown_scope, "
                    "principal_type, description, changed, created_by, changed_by) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (object_id, role, scope) DO NOTHING",
                    one.object_id, one.role->id, to_lower(one.scope), one.created, one.id, one.scope,
                    one.principal_type, one.description, one.changed, one.created_by, one.changed_by));
  return ok();
}

/// Called after the removal, in its transaction: a refusal rolls the removal back.
Result<> require_owner(store::Reader& reader) {
  TRY(const bool there, reader.first(
                            "SELECT 1 FROM auth_role_assignments WHERE role = ? AND scope = '/' LIMIT 1",
                            [](const store::Row&) {}, find_role("Owner")->id));
  return there ? Result<>(ok()) : Result<>(precondition("this is the last Owner of everything"));
}

}  // namespace

/// All records, as of one generation. Immutable once shared.
struct Access::Table {
  std::uint64_t generation = 0;
  std::vector<PrincipalEntry> principals;
  std::unordered_map<std::string, std::size_t> by_object, by_client, by_external;
  std::vector<RoleAssignment> assignments;
  std::unordered_map<std::string, std::vector<std::size_t>> of_object;

  std::optional<PrincipalEntry> find(const std::unordered_map<std::string, std::size_t>& index,
                                     const std::string& key) const {
    const auto found = index.find(key);
    return found == index.end() ? std::nullopt : std::optional(principals[found->second]);
  }
};

std::string tidy_scope(std::string_view scope) {
  while (scope.ends_with('/')) {
    scope.remove_suffix(1);
  }
  return scope.starts_with('/') ? std::string(scope) : fmt::format("/{}", scope);
}

Result<Access::Shared> Access::load() {
  auto made = std::make_shared<Table>();
  made->generation = generation_;  // before the read: a concurrent change makes this table stale
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    TRY(reader.each(kPrincipals, [&](const store::Row& row) -> Result<> {
      made->principals.push_back(read_principal(row));
      return ok();
    }));
    return reader.each(kAssignments, [&](const store::Row& row) -> Result<> {
      if (auto one = read_assignment(row)) {
        made->assignments.push_back(*std::move(one));
      }
      return ok();
    });
  }));
  for (std::size_t i = 0; i < made->principals.size(); ++i) {
    const auto& one = made->principals[i];
    made->by_object.emplace(one.object_id, i);
    made->by_client.emplace(one.client_id, i);
    if (!one.external.empty()) {
      made->by_external.emplace(one.external, i);
    }
  }
  for (std::size_t i = 0; i < made->assignments.size(); ++i) {
    made->of_object[made->assignments[i].object_id].push_back(i);
  }
  return Shared(std::move(made));
}

Result<Access::Shared> Access::table() {
  const auto present = [this] {
    const std::scoped_lock lock(mutex_);
    return table_;
  };
  if (auto known = present(); known && known->generation == generation_) {
    return known;
  }
  const std::scoped_lock loading(loading_);
  if (auto known = present(); known && known->generation == generation_) {
    return known;
  }
  TRY(auto made, load());
  const std::scoped_lock lock(mutex_);
  table_ = made;
  return made;
}

void Access::changed(store::Writer& writer) {
  writer.after_commit([this] { ++generation_; });
}

Result<> Access::name_assignments() {
  struct Key {
    std::string object_id, role, scope;
  };
  std::vector<Key> nameless;
  TRY(database_.read([&](store::Reader& reader) {
    return reader.each(
        "SELECT object_id, role, scope FROM auth_role_assignments WHERE id IS NULL",
        [&](const store::Row& row) -> Result<> {
          nameless.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
          return ok();
        });
  }));
  if (nameless.empty()) {
    return ok();
  }
  return database_.write([&](store::Writer& writer) -> Result<> {
    changed(writer);
    for (const auto& one : nameless) {
      TRY(
          writer.change("UPDATE auth_role_assignments SET id = ?, shown_scope = scope, changed = created "
                        "WHERE object_id = ? AND role = ? AND scope = ? AND id IS NULL",
                        random_.guid().text(), one.object_id, one.role, one.scope));
    }
    return ok();
  });
}

Result<std::optional<PrincipalEntry>> Access::by_object(std::string_view object_id) {
  TRY(const auto all, table());
  return all->find(all->by_object, to_lower(object_id));
}

Result<std::optional<PrincipalEntry>> Access::by_client(std::string_view client_id) {
  TRY(const auto all, table());
  return all->find(all->by_client, to_lower(client_id));
}

Result<std::optional<PrincipalEntry>> Access::by_external(std::string_view external) {
  TRY(const auto all, table());
  return all->find(all->by_external, std::string(external));
}

Result<std::vector<PrincipalEntry>> Access::principals() {
  TRY(const auto all, table());
  return all->principals;
}

Result<bool> Access::any_role(std::string_view object_id, std::string_view scope,
                              const std::function<bool(const Role&)>& allows) {
  TRY(const auto all, table());
  const auto found = all->of_object.find(to_lower(object_id));
  return found != all->of_object.end() && std::ranges::any_of(found->second, [&](std::size_t i) {
           const auto& one = all->assignments[i];
           return is_within(one.scope, scope) && allows(*one.role);
         });
}

Result<bool> Access::any_role_below(std::string_view object_id, std::string_view scope,
                                    const std::function<bool(const Role&)>& allows) {
  TRY(const auto all, table());
  const auto found = all->of_object.find(to_lower(object_id));
  return found != all->of_object.end() && std::ranges::any_of(found->second, [&](std::size_t i) {
           const auto& one = all->assignments[i];
           return one.scope.size() > scope.size() && is_within(scope, one.scope) && allows(*one.role);
         });
}

Result<std::vector<RoleAssignment>> Access::assignments() {
  TRY(const auto all, table());
  return all->assignments;
}

Result<std::optional<RoleAssignment>> Access::assignment(std::string_view id) {
  TRY(const auto all, table());
  const auto found = std::ranges::find(all->assignments, to_lower(id), &RoleAssignment::id);
  return found == all->assignments.end() ? std::nullopt : std::optional(*found);
}

Result<Access::Outcome> Access::put(RoleAssignment requested, std::string_view by, bool may_change) {
  requested.id = requested.id.empty() ? random_.guid().text() : to_lower(requested.id);
  requested.object_id = to_lower(requested.object_id);
  requested.scope = tidy_scope(requested.scope);
  requested.created = requested.changed = clock_.now();
  requested.created_by = requested.changed_by = by;
  Outcome outcome{Put::made, requested};
  TRY(database_.write([&](store::Writer& writer) -> Result<> {
    TRY(const bool known,
        writer.first(
            "SELECT 1 FROM auth_principals WHERE object_id = ?", [](const store::Row&) {}, requested.object_id));
    if (!known) {
      outcome.put = Put::no_principal;
      return ok();
    }
    std::optional<RoleAssignment> same;
    TRY(writer.first(
        kByContent, [&](const store::Row& row) { same = read_assignment(row); }, requested.object_id,
        requested.role->id, to_lower(requested.scope)));
    TRY(const auto namesake, find_by_id(writer, requested.id));
    if (namesake && (!same || same->id != namesake->id)) {
      outcome = {Put::not_permitted, *namesake};
      return ok();
    }
    if (same && (same->id != requested.id || !may_change)) {
      outcome = {Put::exists, *same};
      return ok();
    }
    changed(writer);
    if (!same) {
      return insert(writer, requested);
    }
    same->description = requested.description;
    same->changed = requested.changed;
    same->changed_by = requested.changed_by;
    outcome = {Put::changed, *same};
    TRY(writer.change("UPDATE auth_role_assignments SET description = ?, changed = ?, changed_by = ? WHERE id = ?",
                      same->description, same->changed, same->changed_by, same->id));
    return ok();
  }));
  return outcome;
}

Result<std::optional<RoleAssignment>> Access::remove(std::string_view id) {
  const auto name = to_lower(id);
  std::optional<RoleAssignment> found;
  TRY(database_.write([&](store::Writer& writer) -> Result<> {
    TRY(found, find_by_id(writer, name));
    changed(writer);
    TRY(writer.change("DELETE FROM auth_role_assignments WHERE id = ?", name));
    if (found && found->scope == "/" && found->role == find_role("Owner")) {
      return require_owner(writer);
    }
    return ok();
  }));
  return found;
}

Result<> Access::add(store::Writer& writer, const RoleAssignment& requested) {
  auto one = requested;
  one.id = random_.guid().text();
  one.scope = tidy_scope(one.scope);
  one.created = one.changed = clock_.now();
  changed(writer);
  return insert(writer, one);
}

Result<> Access::remove_within(store::Writer& writer, std::string_view scope) {
  const auto tidy = to_lower(tidy_scope(scope));
  check(tidy.size() > 1);
  const auto below = tidy + "/";
  TRY(const auto rows,
      writer.change("DELETE FROM auth_role_assignments WHERE scope = ? OR substr(scope, 1, length(?)) = ?", tidy, below,
                    below));
  if (rows > 0) {
    changed(writer);
  }
  return ok();
}

Result<PrincipalEntry> Access::remove_principal(std::string_view client_id) {
  const auto client = to_lower(client_id);
  PrincipalEntry gone;
  TRY(database_.write([&](store::Writer& writer) -> Result<> {
    TRY(const bool known,
        writer.first(
            "SELECT object_id, client_id, name, external, created FROM auth_principals WHERE client_id = ?",
            [&](const store::Row& row) { gone = read_principal(row); }, client));
    if (!known) {
      return not_found("no principal has the client id {}", client);
    }
    changed(writer);
    bool owns = false;
    TRY(writer.each(
        "SELECT 1 FROM auth_role_assignments WHERE object_id = ? AND role = ? AND scope = '/'",
        [&](const store::Row&) -> Result<> {
          owns = true;
          return ok();
        },
        gone.object_id, find_role("Owner")->id));
    TRY(writer.change("DELETE FROM auth_role_assignments WHERE object_id = ?", gone.object_id));
    TRY(writer.change("DELETE FROM auth_principals WHERE client_id = ?", client));
    return owns ? require_owner(writer) : ok();
  }));
  return gone;
}

}  // namespace quaymaster::identity
