#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arm/context.h"
#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::arm {

/// Is `path`, or would it be, `directory` or below it? Both absolute, without links.
bool is_within(const Path& path, const Path& groups);

/// The answer of require_path, for the transaction that records the path.
class PathPermit {
 public:
  /// Errc::conflict, published: a resource that stands for the path, something in it or something that holds it has
  /// come since require_path asked, so nobody asked whether the caller may read what lies there.
  Result<> confirm(store::Reader& reader, const ResourceGroups& groups) const;

 private:
  friend Result<PathPermit> require_path(const Context& context, const Path& path, std::string_view own);
  Path path_;
  std::string own_;
  std::vector<std::string> asked_;  // ids of the resources in the way that the caller may read
};

/// For handlers that let a client name a file or directory of the server. Paths have no owner but the resources that
/// stand for them, so nobody gets at what lies behind another's resource by naming its path: when `path` is the same,
/// holds it or lies in it, the caller needs the permission to read what lies there. `own` is the resource that the path
/// is named for, in any case. Errc::forbidden, published as LinkedAuthorizationFailed.
/// Not to be called inside a read or a change.
Result<PathPermit> require_path(const Context& context, const Path& path, std::string_view own);

}  // namespace quaymaster::arm
