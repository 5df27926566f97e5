#pragma once

#include <string_view>

#include "arm/context.h"
#include "base/disk.h"
#include "base/result.h"

namespace quaymaster::arm {

/// Is `path`, or would it be, `directory` or below it? Both absolute, without links.
bool is_within(const Path& path, const Path& directory);

/// For handlers that let a client name a file or directory of the server. Paths have no owner but the resources that
/// stand for them, so nobody gets at what lies behind another's resource by naming its path: when `path` is the same,
/// holds it or lies in it, the caller needs the permission to read what lies there. `own` is the resource that the path
/// is named for, in any case. Errc::forbidden, published as LinkedAuthorizationFailed.
/// Not to be called inside a read or a change.
Result<> require_path(const Context& context, const Path& path, std::string_view own);

}  // namespace quaymaster::arm
