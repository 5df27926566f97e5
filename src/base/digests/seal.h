#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster {

using SealKey = std::array<std::uint8_t, 32>;
using SealNonce = std::array<std::uint8_t, 12>;
constexpr std::size_t kSealTag = 16;

/// AES-256-GCM. Writes plain.size() + kSealTag bytes to `sealed`. A nonce must never be used twice with one key.
void seal(const SealKey& key, const SealNonce& nonce, Bytes associated, Bytes plain, MutableBytes sealed);

/// Opens what `seal` wrote, into sealed.size() - kSealTag bytes of `plain`. Errc::corrupt: wrong key, nonce or
/// associated data, or modified bytes; `plain` must then not be used.
Result<> open_sealed(const SealKey& key, const SealNonce& nonce, Bytes associated, Bytes sealed, MutableBytes plain);

/// HKDF-SHA-256 (RFC 5869): an independent key for each label.
SealKey derive_key(Bytes secret, Bytes salt, std::string_view label);

/// scrypt (RFC 7914) with memory cost 128 * r * n bytes. Errc::invalid: parameters out of range.
Result<SealKey> stretch_passphrase(std::string_view passphrase, Bytes salt, std::uint64_t n, std::uint32_t r,
                                   std::uint32_t p);

}  // namespace quaymaster
