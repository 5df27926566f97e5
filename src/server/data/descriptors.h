#pragma once

#include <cstddef>

namespace quaymaster::server {

/// Raises the process's limit of open files as far as allowed, and returns how many connections each of two ports may
/// have, at most `wanted`, so that files can still be opened when all connections are in use.
std::size_t connections_with_descriptors(std::size_t wanted);

}  // namespace quaymaster::server
