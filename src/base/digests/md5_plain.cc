#include "base/digests/md5_kernel.h"

namespace quaymaster {

const Md5Kernel kMd5Plain[3] = {
    {1, &md5_kernel::take_blocks<1, 1>},
    {4, &md5_kernel::take_blocks<4, 1>},
    {8, &md5_kernel::take_blocks<4, 2>},
};

}  // namespace quaymaster
