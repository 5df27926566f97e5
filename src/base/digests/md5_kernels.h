#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/digests/digest.h"
#include "base/digests/md5_kernel.h"

namespace quaymaster {

using Md5Kernels = std::span<const Md5Kernel>;

/// Every set of kernels that this machine can run, best last; md5_many uses the last one.
std::vector<Md5Kernels> md5_kernels_here();

/// md5_many with a given set of kernels, so that tests cover all of them.
void md5_many_with(Md5Kernels kernels, std::span<const Bytes> inputs, std::span<Md5Digest> digests);

}  // namespace quaymaster
