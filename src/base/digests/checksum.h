#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace quaymaster {

/// CRC-32C of `bytes`, continuing from `before` (0 at the start). Protects what we keep on our own disks.
std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0);

/// CRC-64/NVME (polynomial 0xAD93D23594C93659 reflected, init and xor all ones; check value of "123456789" is
/// 0xAE8B14860A799888), continuing from `before` (0 at the start). Source: blob protocol, x-ms-content-crc64.
std::uint64_t crc64_nvme(Bytes bytes, std::uint64_t before = 0);

}  // namespace quaymaster
