#pragma once

#include <span>

#include "base/bytes.h"
#include "base/digest.h"

namespace quaymaster {

/// MD5 of many inputs at once, several lanes side by side in one SIMD register (4 with SSE2, 8 with AVX2, 16 with
/// AVX-512; chosen at run time). Inputs may differ in length: a lane that ends takes the next input. One core; callers
/// that have more cores call it from more threads. `digests` must be as long as `inputs`.
void md5_many(std::span<const Bytes> inputs, std::span<Md5Digest> digests);

/// How many lanes md5_many fills on this machine: hand it at least so many inputs at a time.
std::size_t md5_lane_count();

}  // namespace quaymaster
