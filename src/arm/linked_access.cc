#include "arm/linked_access.h"

#include <algorithm>

#include "arm/context.h"
#include "arm/operation.h"
#include "arm/resource_groups.h"
#include "base/encode.h"
#include "identity/principals/errors.h"

namespace quaymaster::arm {
namespace {

/// The strings at a path of member names, "properties.dataDisks.managedDisk.id".
void collect(const wire::Shape& shape, const void* object, std::string_view path, std::vector<std::string>& texts) {
  using Kind = wire::Shape::Kind;
  switch (shape.kind) {
    case Kind::text:
      if (path.empty()) {
        texts.push_back(*static_cast<const std::string*>(object));
      }
      return;
    case Kind::optional:
      if (shape.has(object)) {
        collect(shape.element(), shape.held(object), path, texts);
      }
      return;
    case Kind::list:
      for (std::size_t i = 0; i < shape.count(object); ++i) {
        collect(shape.element(), shape.at(object, i), path, texts);
      }
      return;
    case Kind::record: {
      const auto name = path.substr(0, path.find('.'));
      const auto rest = path.substr(std::min(path.size(), name.size() + 1));
      for (const auto& field : shape.fields) {
        if (field.name == name) {
          // `of` only computes an address; nothing is changed through it.
          collect(field.shape(), field.of(const_cast<void*>(object)), rest, texts);
        }
      }
      return;
    }
    default:
      return;
  }
}

Result<> require_one(identity::Issuer& issuer, const LinkedAccess& who, std::string_view action,
                     std::string_view scope) {
  identity::Principal principal;
  principal.object_id = who.object_id;
  principal.client_id = who.client_id;
  TRY(const bool allowed, issuer.allowed(principal, action, scope));
  return allowed ? Result<>(ok())
                 : refuse(Errc::forbidden, identity::kLinkedAuthorizationFailed, who.client_id, who.object_id,
                          who.action, who.scope, action, scope);
}

Result<LinkedAccess> caller_of(const Context& context) {
  LinkedAccess caller;
  caller.client_id = context.principal.client_id;
  caller.object_id = context.principal.object_id;
  caller.action = context.operation.action;
  TRY(caller.scope, scope_of(context.request, context.operation));
  return caller;
}

}  // namespace

std::optional<std::string> named_scope(std::string_view id) {
  if (id.ends_with('/')) {
    id.remove_suffix(1);
  }
  const bool is_known = parse_resource_id(id).has_value() || parse_group_id(id).has_value();
  return is_known ? std::optional(std::string(id)) : std::nullopt;
}

Result<LinkedAccess> require_linked(const Context& context, std::vector<Need> needs) {
  TRY(auto caller, caller_of(context));
  caller.needs = std::move(needs);
  for (const auto& need : caller.needs) {
    TRY(require_one(context.issuer, caller, need.action, need.scope));
  }
  return caller;
}

Result<> still_allowed(identity::Issuer& issuer, const LinkedAccess& access) {
  if (access.object_id.empty()) {
    return ok();
  }
  for (const auto& need : access.needs) {
    TRY(require_one(issuer, access, need.action, need.scope));
  }
  return ok();
}

Result<> check_links(const Context& context, const wire::Shape& shape, const void* body) {
  for (const auto& link : context.operation.links) {
    if (link.action.empty()) {
      continue;
    }
    std::vector<std::string> ids;
    collect(shape, body, link.member, ids);
    for (const auto& id : ids) {
      const auto scope = named_scope(id);
      const auto parsed = parse_resource_id(id);
      const bool is_of_type = link.type.empty() || (parsed && equal_ignoring_case(parsed.value().type, link.type));
      if (scope && is_of_type) {
        TRY(const auto caller, caller_of(context));
        TRY(require_one(context.issuer, caller, link.action, *scope));
      }
    }
  }
  return ok();
}

}  // namespace quaymaster::arm
