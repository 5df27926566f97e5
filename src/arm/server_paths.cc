#include "arm/server_paths.h"

#include <algorithm>

#include "arm/directory.h"
#include "arm/errors.h"
#include "arm/operation.h"
#include "base/encode.h"

namespace quaymaster::arm {

bool is_within(const Path& path, const Path& directory) {
  return std::mismatch(directory.begin(), directory.end(), path.begin(), path.end()).first == directory.end();
}

Result<> require_path(const Context& context, const Path& path, std::string_view own) {
  std::vector<ServerPath> taken;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    for (auto* owner : context.directory.owners()) {
      TRY(owner->server_paths(reader, taken));
    }
    return ok();
  }));
  for (const auto& other : taken) {
    if (equal_ignoring_case(other.resource, own) || !(is_within(path, other.path) || is_within(other.path, path))) {
      continue;
    }
    TRY(const bool allowed, context.identity.allowed(context.principal, other.action, other.resource));
    if (!allowed) {
      TRY(const auto scope, scope_of(context.request, context.operation));
      return refuse(Errc::forbidden, kPathOfAnother, context.principal.client_id, context.principal.object_id,
                    context.operation.action, scope, path.string(), other.action);
    }
  }
  return ok();
}

}  // namespace quaymaster::arm
