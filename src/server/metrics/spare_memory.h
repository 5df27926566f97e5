#pragma once

#include <cstddef>
#include <stop_token>

#include "base/clock.h"

namespace quaymaster::server {

/// Bytes that this process has allocated from the system but does not use: what the allocator keeps after a burst.
std::size_t spare_memory();

/// Returns spare memory to the system when it is more than 32 MiB; takes some milliseconds then, and almost nothing
/// otherwise. True when memory was returned.
bool give_back_spare_memory();

/// Does so every ten seconds until `stop`: for a separate thread.
void keep_memory_small(Clock& clock, const std::stop_token& stop);

}  // namespace quaymaster::server
