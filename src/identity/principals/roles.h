#pragma once

#include <span>
#include <string_view>

namespace quaymaster::identity {

/// A built-in role as Azure publishes it. "*" in an action stands for any text; actions compare without case.
struct Role {
  std::string_view id;  // GUID, the same in every tenant
  std::string_view name;
  std::string_view description;
  std::span<const std::string_view> actions;
  std::span<const std::string_view> not_actions;
  std::span<const std::string_view> data_actions;

  bool allows(std::string_view action) const;
  bool allows_data(std::string_view action) const;
};

/// The roles that apply here; roles that the publication lists twice are listed once.
/// Source: "Azure built-in roles" (privileged, general, storage), edition of July 2026.
std::span<const Role> built_in_roles();

/// By GUID or name, any case; null when there is none.
const Role* find_role(std::string_view id_or_name);

/// Is this a data action, so that `data_actions` decide? Operations on blobs are; operations on containers are not.
bool is_data_action(std::string_view action);

/// Does `pattern` match `action`? "*" stands for any text; without case.
bool covers(std::string_view pattern, std::string_view action);

/// Is `scope` the assignment's scope or something below it? Compares whole segments, without case; everything is below
/// "/".
bool is_within(std::string_view assigned, std::string_view scope);

}  // namespace quaymaster::identity
