// Compiled with -mavx2; runs only when the processor has it.
#include "base/digests/md5_kernel.h"

namespace quaymaster {

const Md5Kernel kMd5Avx2[3] = {
    {1, &md5_kernel::take_blocks<1, 1>},
    {8, &md5_kernel::take_blocks<8, 1>},
    {16, &md5_kernel::take_blocks<8, 2>},
};

}  // namespace quaymaster
