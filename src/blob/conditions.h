#pragma once

#include <cstdint>
#include <optional>

#include "blob/blob_store.h"

namespace quaymaster::blob {

/// The state that conditions are checked against.
struct Version {
  std::uint64_t etag;
  Time modified;
};

/// As check_conditions. `creating`: must_not_exist applies.
Result<> check_version(const Conditions& conditions, const std::optional<Version>& version, bool creating);

}  // namespace quaymaster::blob
