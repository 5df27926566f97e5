#pragma once

#include <span>

#include "base/bytes.h"
#include "base/digests/digest.h"

namespace quaymaster {

/// MD5 of many inputs at once, several lanes side by side in SIMD registers (SSE2, AVX2 or AVX-512, chosen at run time;
/// two registers at a time, since MD5 waits for itself more than for the processor). Inputs may differ in length: a
/// lane that ends takes the next input. One core; callers that have more cores call it from more threads. `digests`
/// must be as long as `inputs`. Source: RFC 1321.
void md5_many(std::span<const Bytes> inputs, std::span<Md5Digest> digests);

/// How many lanes md5_many fills on this machine (8, 16 or 32): half as many inputs of one length already give most of
/// the speed, fewer give less.
std::size_t md5_lane_count();

}  // namespace quaymaster
