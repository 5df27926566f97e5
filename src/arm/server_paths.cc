#include "arm/server_paths.h"

#include <algorithm>

#include "arm/errors.h"
#include "arm/operation.h"
#include "arm/resource_groups.h"
#include "base/encode.h"
#include "base/files/confined.h"

namespace quaymaster::arm {

namespace {

/// The resources that conflict with `own`'s use of `path`.
Result<std::vector<ServerPath>> overlapping(store::Reader& reader, const ResourceGroups& groups, const Path& path,
                                            std::string_view own) {
  std::vector<ServerPath> taken;
  for (auto* owner : groups.owners()) {
    TRY(owner->server_paths(reader, taken));
  }
  std::erase_if(taken, [&](const ServerPath& other) {
    return equal_ignoring_case(other.resource, own) || !overlap(path, other.path);
  });
  return taken;
}

}  // namespace

Result<PathPermit> require_path(const Context& context, const Path& path, std::string_view own) {
  std::vector<ServerPath> in_the_way;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(in_the_way, overlapping(reader, context.groups, path, own));
    return ok();
  }));
  PathPermit permit;
  permit.path_ = path;
  permit.own_ = own;
  for (const auto& other : in_the_way) {
    TRY(const bool allowed, context.issuer.allowed(context.principal, other.action, other.resource));
    if (!allowed) {
      TRY(const auto scope, scope_of(context.request, context.operation));
      return refuse(Errc::forbidden, kPathOfAnother, context.principal.client_id, context.principal.object_id,
                    context.operation.action, scope, path.string(), other.action);
    }
    permit.asked_.push_back(other.resource);
  }
  return permit;
}

Result<> PathPermit::confirm(store::Reader& reader, const ResourceGroups& groups) const {
  TRY(const auto in_the_way, overlapping(reader, groups, path_, own_));
  for (const auto& other : in_the_way) {
    if (std::ranges::find(asked_, other.resource) == asked_.end()) {
      return refuse(Errc::conflict, kPathTakenMeanwhile, path_.string());
    }
  }
  return ok();
}

}  // namespace quaymaster::arm
