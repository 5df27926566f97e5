#pragma once

#include <string>

#include "base/digests/seal.h"
#include "vault/vault.h"

namespace quaymaster::vault {

/// "points/3fa9…", below the vault's prefix. Format: doc/formats/vault-point.md.
std::string point_name(const std::string& prefix, const Guid& id);

Buffer write_point(const SealKey& points, const Point& point);
/// Errc::corrupt: modified bytes, or another point's object. Errc::unsupported: a newer version.
Result<Point> read_point(const SealKey& points, const Guid& id, Bytes object);

}  // namespace quaymaster::vault
