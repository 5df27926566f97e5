#include "identity/principals/roles.h"

#include <algorithm>

#include "base/encode.h"

namespace quaymaster::identity {
namespace {

bool any_covers(std::span<const std::string_view> patterns, std::string_view action) {
  return std::ranges::any_of(patterns, [&](std::string_view pattern) { return covers(pattern, action); });
}

}  // namespace

bool Role::allows(std::string_view action) const {
  return any_covers(actions, action) && !any_covers(not_actions, action);
}

bool Role::allows_data(std::string_view action) const {
  return any_covers(data_actions, action);
}

const Role* find_role(std::string_view id_or_name) {
  const auto found = std::ranges::find_if(built_in_roles(), [&](const Role& role) {
    return equal_ignoring_case(role.id, id_or_name) || equal_ignoring_case(role.name, id_or_name);
  });
  return found == built_in_roles().end() ? nullptr : &*found;
}

bool is_data_action(std::string_view action) {
  constexpr std::string_view kBlobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/";
  return equal_ignoring_case(action.substr(0, kBlobs.size()), kBlobs);
}

bool covers(std::string_view pattern, std::string_view action) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return equal_ignoring_case(pattern, action);
  }
  if (action.size() < star || !equal_ignoring_case(pattern.substr(0, star), action.substr(0, star))) {
    return false;
  }
  const auto rest = pattern.substr(star + 1);
  if (rest.empty()) {
    return true;
  }
  for (std::size_t skipped = star; skipped <= action.size(); ++skipped) {
    if (covers(rest, action.substr(skipped))) {
      return true;
    }
  }
  return false;
}

bool is_within(std::string_view assigned, std::string_view scope) {
  while (assigned.ends_with('/')) {
    assigned.remove_suffix(1);
  }
  return scope.size() >= assigned.size() && equal_ignoring_case(scope.substr(0, assigned.size()), assigned) &&
         (scope.size() == assigned.size() || scope[assigned.size()] == '/');
}

}  // namespace quaymaster::identity
