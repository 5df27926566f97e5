#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace quaymaster {

template <std::size_t Size>
using DigestBytes = std::array<std::uint8_t, Size>;
using Md5Digest = DigestBytes<16>;
using Sha256Digest = DigestBytes<32>;

enum class HashAlgorithm { md5, sha1, sha256, sha512 };

/// A running hash over OpenSSL. Not thread-safe; movable.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(Bytes bytes);
  /// The digest of everything so far; the hasher must not be used afterwards.
  Buffer finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Buffer digest(HashAlgorithm algorithm, Bytes bytes);
Md5Digest md5(Bytes bytes);
Sha256Digest sha256(Bytes bytes);
Sha256Digest hmac_sha256(Bytes key, Bytes bytes);

}  // namespace quaymaster
