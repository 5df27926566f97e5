#pragma once

#include <cstddef>
#include <stop_token>

#include "base/clock.h"

namespace quaymaster::server {

/// Bytes that this process holds of the system and does not use: what the allocator keeps of a burst that is over.
std::size_t spare_memory();

/// Gives spare memory back when it is more than 32 MiB; takes some milliseconds then, and next to nothing else. True
/// when there was something to give.
bool give_back_spare_memory();

/// Does so every ten seconds until `stop`: for a separate thread.
void keep_memory_small(Clock& clock, const std::stop_token& stop);

}  // namespace quaymaster::server
