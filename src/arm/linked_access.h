#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/issuer.h"
#include "wire/field.h"

// Linked access, as Azure calls it: a request needs a permission at every resource it names, not only at the one it is
// sent to. Rows declare what their bodies name (`Link`), the face checks it as soon as the body is parsed, and a
// durable job stores its caller and checks again when it runs (`LinkedAccess`).
namespace quaymaster::arm {

struct Context;

/// A member of a request's body that names another resource, and the permission the caller needs there. If a member has
/// several, all are needed. Created by `needs`, `asked_by_handler` and `needs_nothing`.
struct Link {
  std::string_view member;  // path on the wire, "properties.storageAccountId"; covers every element of a list
  std::string_view action;  // empty: the face checks nothing, `why` gives the reason
  std::string_view type;    // check only ids of this type; empty: resources and groups alike
  std::string_view why;
  bool is_handlers = false;
};

/// The face checks `action` at the id before the handler runs, so a caller without it does not learn whether the
/// resource exists. Text that is not a resource id, or is of another type, is left to the handler, which refuses it.
constexpr Link needs(std::string_view member, std::string_view action, std::string_view type = {}) {
  return {member, action, type, {}, false};
}
/// The handler checks, with `require_linked`: the required permission depends on more than the id.
constexpr Link asked_by_handler(std::string_view member, std::string_view why) {
  return {member, {}, {}, why, true};
}
/// The id grants access to nothing.
constexpr Link needs_nothing(std::string_view member, std::string_view why) {
  return {member, {}, {}, why, false};
}

/// A permission that a task needs at a resource other than the one the request was sent to.
struct Need {
  std::string action;
  std::string scope;  // a resource id, or a group's
  bool operator==(const Need&) const = default;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Need::action>("action"), wire::field<&Need::scope>("scope")});
  }
};

/// The caller that requested a task and the permissions it needed elsewhere. Part of a job's stored parameters.
struct LinkedAccess {
  std::string client_id, object_id;  // empty: a job of a version that did not store them; nothing is checked again
  std::string action, scope;         // the request's action, and its resource
  std::vector<Need> needs;
  static constexpr auto wire() {
    using wire::field;
    using T = LinkedAccess;
    return wire::fields({field<&T::client_id>("clientId"), field<&T::object_id>("objectId"),
                         field<&T::action>("action"), field<&T::scope>("scope"), field<&T::needs>("needs")});
  }
};

/// For handlers: requires all of these permissions of the caller, in addition to the row's action at the path. Returns
/// what a job has to store. Errc::forbidden, published as LinkedAuthorizationFailed, which names the first missing
/// permission.
Result<LinkedAccess> require_linked(const Context& context, std::vector<Need> needs);

/// For a step of a job, before it touches the named resources: the caller must still be allowed to. Errors as
/// `require_linked`.
Result<> still_allowed(identity::Issuer& issuer, const LinkedAccess& access);

/// The id of a resource or a resource group in the form used for comparing: without a trailing slash. None: it is
/// neither.
std::optional<std::string> named_scope(std::string_view id);

/// Checks what the row's links need in a body of that shape. For `bind`.
Result<> check_links(const Context& context, const wire::Shape& shape, const void* body);

}  // namespace quaymaster::arm
