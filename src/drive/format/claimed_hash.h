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
/// digits determines the algorithm: 32 MD5, 40 SHA-1, 64 SHA-256, 128 SHA-512.
class ClaimedHash {
 public:
  ClaimedHash() = default;
  /// The digest must be of the algorithm's size.
  ClaimedHash(HashAlgorithm algorithm, Bytes digest);

  HashAlgorithm algorithm() const { return algorithm_; }
  Bytes digest() const { return Bytes(bytes_).first(size_); }
  std::string text() const;  // upper case, as in the published samples
  bool operator==(const ClaimedHash& other) const;

 private:
  HashAlgorithm algorithm_ = HashAlgorithm::md5;
  std::uint8_t size_ = 0;
  std::array<std::uint8_t, 64> bytes_{};
};

/// The size of the algorithm's digests in bytes.
std::size_t digest_size(HashAlgorithm algorithm);

/// Parses the text form, in either case and with white space around it (as in a published sample). Errc::invalid:
/// another number of digits, or an invalid character.
Result<ClaimedHash> parse_hash(std::string_view text);

}  // namespace quaymaster::drive
