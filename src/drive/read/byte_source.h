#pragma once

#include <functional>

#include "base/bytes.h"
#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::drive {

/// Sequential bytes, read once: fills the front of the buffer and returns how much, 0 only at the end.
using ByteSource = std::function<Result<std::size_t>(MutableBytes)>;
/// Takes bytes in order.
using ByteSink = std::function<Result<>(Bytes)>;

/// Reads the file, which must outlive the source, from `offset` to its end.
ByteSource read_from(File& file, std::uint64_t offset = 0);
/// Reads `bytes`, which must outlive the source.
ByteSource read_from(Bytes bytes);
/// Appends to the file, which must outlive the sink, from `offset` on.
ByteSink write_to(File& file, std::uint64_t offset = 0);

}  // namespace quaymaster::drive
