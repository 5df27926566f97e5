#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arm/context.h"
#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::arm {

/// The result of require_path, for the transaction that records the path.
class PathPermit {
 public:
  /// Errc::conflict, published: since require_path checked, a resource was created whose path equals, contains or
  /// is inside this one, so the caller's permission to read it was never checked.
  Result<> confirm(store::Reader& reader, const ResourceGroups& groups) const;

 private:
  friend Result<PathPermit> require_path(const Context& context, const Path& path, std::string_view own);
  Path path_;
  std::string own_;
  std::vector<std::string> asked_;  // ids of the overlapping resources that the caller may read
};

/// For handlers that let a client name a file or directory of the server. Only the resources that use a path control
/// access to it, so naming another resource's path must not grant access to its data: when `path` equals, contains or
/// is inside that path, the caller needs the permission to read the data there. `own` is the id of the resource that
/// the path is named for, in any case. Errc::forbidden, published as LinkedAuthorizationFailed. Not to be called inside
/// a read or write transaction.
Result<PathPermit> require_path(const Context& context, const Path& path, std::string_view own);

}  // namespace quaymaster::arm
