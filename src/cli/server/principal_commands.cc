// Service principals of a running server: its identity provider, doc/api/Quaymaster.Identity.md.
#include "base/encode.h"
#include "base/guid.h"
#include "cli/common/client.h"
#include "cli/common/table.h"
#include "cli/server/commands.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kVersion = "api-version=2026-11-01";

struct PrincipalShown {
  std::string client_id, object_id, name, secret;
  std::string external_id;
  static constexpr auto wire() {
    using wire::field;
    using T = PrincipalShown;
    return wire::fields({field<&T::client_id>("clientId"), field<&T::object_id>("objectId"),
                         field<&T::name>("displayName"), field<&T::secret>("clientSecret"),
                         field<&T::external_id>("externalId")});
  }
};
struct PrincipalsShown {
  std::vector<PrincipalShown> value;
  static constexpr auto wire() { return wire::fields({wire::field<&PrincipalsShown::value>("value")}); }
};
struct RequestedRole {
  std::string role, principal;
  std::string principal_type = "ServicePrincipal";
  static constexpr auto wire() {
    using wire::field;
    using T = RequestedRole;
    return wire::fields({field<&T::role>("roleDefinitionId"), field<&T::principal>("principalId"),
                         field<&T::principal_type>("principalType")});
  }
};
struct RoleBody {
  RequestedRole properties;
  static constexpr auto wire() { return wire::fields({wire::field<&RoleBody::properties>("properties")}); }
};
struct NewPrincipal {
  std::string name;
  std::optional<std::string> external_id;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&NewPrincipal::name>("displayName"), wire::field<&NewPrincipal::external_id>("externalId")});
  }
};
struct NamedRole {
  std::string id;
  static constexpr auto wire() { return wire::fields({wire::field<&NamedRole::id>("id")}); }
};
struct NamedRoles {
  std::vector<NamedRole> value;
  static constexpr auto wire() { return wire::fields({wire::field<&NamedRoles::value>("value")}); }
};

std::string principals_path(std::string_view more = "") {
  return fmt::format("/providers/Quaymaster.Identity/principals{}?{}", more, kVersion);
}

void show(const PrincipalShown& one, Terminal& terminal) {
  terminal.out(fmt::format("name       {}\nclient id  {}\nobject id  {}\n", one.name, one.client_id, one.object_id));
  if (!one.secret.empty()) {
    terminal.out(fmt::format("secret     {}\n", one.secret));
    terminal.err("The secret is not shown again.\n");
  }
}

std::vector<Option> list_options() {
  std::vector<Option> options;
  add_connection_options(options);
  return options;
}
std::vector<Option> create_options() {
  std::vector<Option> options{
      {Option::Kind::positional, "NAME", "display name"},
      {Option::Kind::text, "external-id",
       "value of the claim that identifies it in tokens of the configured OpenID issuer; it gets no secret"},
      {Option::Kind::text, "role", "role to give it, such as \"Backup Operator\""},
      {Option::Kind::text, "scope", "scope of the role (default: the subscription)"}};
  add_connection_options(options);
  return options;
}
std::vector<Option> one_options() {
  std::vector<Option> options{{Option::Kind::positional, "CLIENT-ID", "as `quaymaster principal list` shows it"}};
  add_connection_options(options);
  return options;
}

Result<int> list(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto text, client.call("GET", principals_path()));
  TRY(const auto all, wire::parse_stored<PrincipalsShown>(text));
  Table<4> table{{"NAME", "CLIENT ID", "OBJECT ID", "SIGNS IN"}};
  for (const auto& one : all.value) {
    table.push_back({one.name, one.client_id, one.object_id,
                     one.external_id.empty() ? std::string("here") : fmt::format("as {}", one.external_id)});
  }
  terminal.out(format_table(table));
  return 0;
}

/// The id of a role by its name, at the scope of the assignment.
Result<std::string> role_id(Client& client, std::string_view scope, std::string_view name) {
  const auto filter = percent_encode(fmt::format("roleName eq '{}'", name));
  TRY(const auto text,
      client.call("GET", fmt::format("{}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01"
                                     "&$filter={}",
                                     scope, filter)));
  TRY(const auto roles, wire::parse_stored<NamedRoles>(text));
  if (roles.value.empty()) {
    return not_found("there is no role \"{}\"", name);
  }
  return roles.value.front().id;
}

Result<int> create(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  auto scope = arguments.text("scope", fmt::format("/subscriptions/{}", client.connection().subscription));
  if (!scope.starts_with('/')) {
    return invalid("--scope: \"{}\" is not a resource id, which begins with /", scope);
  }
  scope = scope == "/" ? "" : scope;
  std::string role;
  if (arguments.has("role")) {  // before anything is created: the name may be misspelled
    TRY(role, role_id(client, scope, arguments.text("role")));
  } else if (arguments.has("scope")) {
    return invalid("--scope is the scope of a role: name one with --role");
  }
  NewPrincipal wanted{arguments.text("NAME"), {}};
  if (arguments.has("external-id")) {
    wanted.external_id = arguments.text("external-id");
  }
  TRY(const auto text, client.call("POST", principals_path(), wire::to_json(wanted)));
  TRY(const auto made, wire::parse_stored<PrincipalShown>(text));
  show(made, terminal);  // before anything that may fail: the secret is shown only once
  if (!role.empty()) {
    SystemRandom random;
    const RoleBody body{{role, made.object_id}};
    TRY(client.call("PUT",
                    fmt::format("{}/providers/Microsoft.Authorization/roleAssignments/{}?api-version=2022-04-01", scope,
                                random.guid().text()),
                    wire::to_json(body)));
    terminal.out(fmt::format("role       {} at {}\n", arguments.text("role"), scope.empty() ? "/" : scope));
  }
  return 0;
}

Result<int> reset_secret(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  const auto id = percent_encode(arguments.text("CLIENT-ID"));
  TRY(const auto text, client.call("POST", principals_path(fmt::format("/{}/resetSecret", id))));
  TRY(const auto made, wire::parse_stored<PrincipalShown>(text));
  show(made, terminal);
  return 0;
}

Result<int> remove(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  const auto id = percent_encode(arguments.text("CLIENT-ID"));
  TRY(const auto text, client.call("DELETE", principals_path(fmt::format("/{}", id))));
  TRY(const auto gone, wire::parse_stored<PrincipalShown>(text));
  terminal.out(fmt::format("deleted {} with its role assignments\n", gone.name));
  return 0;
}

constexpr Command kCommands[] = {
    {"principal create", "Create a service principal and show its secret, only this once", &create_options, &create},
    {"principal list", "List the principals of a server", &list_options, &list},
    {"principal reset-secret", "Give a principal a new secret and show it, only this once", &one_options,
     &reset_secret},
    {"principal delete", "Delete a principal; its tokens are refused at once", &one_options, &remove},
};

}  // namespace

std::span<const Command> principal_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
