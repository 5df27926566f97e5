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
// sent to. Rows declare what their bodies name (`Link`), the face asks for it as soon as the body is read, and a
// durable job keeps who asked and asks again when it runs (`LinkedAccess`).
namespace quaymaster::arm {

struct Context;

/// A member of a request's body that names another resource, and what the caller needs there. Several for one member
/// are all needed. Made by `needs`, `asked_by_handler` and `needs_nothing`.
struct Link {
  std::string_view member;  // path on the wire, "properties.storageAccountId"; every element of a list is meant
  std::string_view action;  // empty: the face asks for nothing, `why` says why
  std::string_view type;    // ask only for ids of this type; empty: for resources and groups alike
  std::string_view why;
  bool is_handlers = false;
};

/// The face asks for `action` at the id, before the handler looks at anything, so a caller without it does not learn
/// whether the resource exists. What is no resource id, or of another type, is left to the handler, which refuses it.
constexpr Link needs(std::string_view member, std::string_view action, std::string_view type = {}) {
  return {member, action, type, {}, false};
}
/// The handler asks, with `require_linked`: what is needed depends on more than the id.
constexpr Link asked_by_handler(std::string_view member, std::string_view why) {
  return {member, {}, {}, why, true};
}
/// The id opens nothing.
constexpr Link needs_nothing(std::string_view member, std::string_view why) {
  return {member, {}, {}, why, false};
}

/// One permission that a piece of work needs at a resource other than the one it was asked at.
struct Need {
  std::string action;
  std::string scope;  // a resource id, or a group's
  bool operator==(const Need&) const = default;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Need::action>("action"), wire::field<&Need::scope>("scope")});
  }
};

/// Who asked for a piece of work and what they needed for it elsewhere. Part of a job's stored parameters.
struct LinkedAccess {
  std::string client_id, object_id;  // empty: a job of a version that did not keep them; nothing is asked again
  std::string action, scope;         // what was asked for, and at which resource
  std::vector<Need> needs;
  static constexpr auto wire() {
    using wire::field;
    using T = LinkedAccess;
    return wire::fields({field<&T::client_id>("clientId"), field<&T::object_id>("objectId"),
                         field<&T::action>("action"), field<&T::scope>("scope"), field<&T::needs>("needs")});
  }
};

/// For handlers: the caller needs all of this, besides the row's action at the path. Answers what a job has to keep.
/// Errc::forbidden, published as LinkedAuthorizationFailed, which names the first that is missing.
Result<LinkedAccess> require_linked(const Context& context, std::vector<Need> needs);

/// For a step of a job, before it touches what is named: whoever asked may still do so. Errors as `require_linked`.
Result<> still_allowed(identity::Issuer& issuer, const LinkedAccess& access);

/// The id of a resource or a resource group as it is compared: without a slash at its end. None: it is neither.
std::optional<std::string> named_scope(std::string_view id);

/// Asks for what the row's links need in a body of that shape. For `bind`.
Result<> check_links(const Context& context, const wire::Shape& shape, const void* body);

}  // namespace quaymaster::arm
