#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/digests/digest.h"
#include "base/result.h"

namespace quaymaster::drive {

/// A digest that a manifest, a job or a journal claims for some bytes. The text form is hexadecimal, and its number of
/// digits says the algorithm: 32 MD5, 40 SHA-1, 64 SHA-256, 128 SHA-512.
class ClaimedHash {
 public:
  ClaimedHash() = default;
  /// The digest must be of the algorithm's size.
  ClaimedHash(HashAlgorithm algorithm, Bytes digest);

  HashAlgorithm algorithm() const { return algorithm_; }
  Bytes digest() const { return Bytes(bytes_).first(size_); }
  std::string text() const;  // upper case, as the published samples are
  bool operator==(const ClaimedHash& other) const;

 private:
  HashAlgorithm algorithm_ = HashAlgorithm::md5;
  std::uint8_t size_ = 0;
  std::array<std::uint8_t, 64> bytes_{};
};

/// Bytes of a digest of the algorithm.
std::size_t digest_size(HashAlgorithm algorithm);

/// Reads the text form in any case; blanks around it are ignored (a published sample has one). Errc::invalid: another
/// number of digits, or a character that is none.
Result<ClaimedHash> parse_hash(std::string_view text);

}  // namespace quaymaster::drive
