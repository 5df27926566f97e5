#pragma once

#include <span>

#include "base/bytes.h"
#include "base/digests/digest.h"

namespace quaymaster {

/// MD5 of many inputs at once, in the lanes of SIMD registers (SSE2, AVX2 or AVX-512, chosen at run time; two registers
/// at a time, since MD5 is bound by latency). Inputs may differ in length: a lane that finishes takes the next input.
/// Uses one core; callers with more cores call it from several threads. `digests` must be as long as `inputs`. Source:
/// RFC 1321.
void md5_many(std::span<const Bytes> inputs, std::span<Md5Digest> digests);

/// How many lanes md5_many fills on this machine (8, 16 or 32). Half as many inputs of equal length already get most of
/// the speed; fewer get less.
std::size_t md5_lane_count();

}  // namespace quaymaster
