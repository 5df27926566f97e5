#include "drive/format/claimed_hash.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/encode.h"
#include "drive/format/text.h"

namespace quaymaster::drive {
namespace {

constexpr std::pair<HashAlgorithm, std::size_t> kSizes[] = {
    {HashAlgorithm::md5, 16}, {HashAlgorithm::sha1, 20}, {HashAlgorithm::sha256, 32}, {HashAlgorithm::sha512, 64}};

}  // namespace

std::size_t digest_size(HashAlgorithm algorithm) {
  return std::ranges::find(kSizes, algorithm, &std::pair<HashAlgorithm, std::size_t>::first)->second;
}

ClaimedHash::ClaimedHash(HashAlgorithm algorithm, Bytes digest)
    : algorithm_(algorithm), size_(static_cast<std::uint8_t>(digest.size())) {
  check(digest.size() == digest_size(algorithm));
  std::ranges::copy(digest, bytes_.begin());
}

std::string ClaimedHash::text() const {
  return hex_upper(digest());
}

bool ClaimedHash::operator==(const ClaimedHash& other) const {
  return algorithm_ == other.algorithm_ && std::ranges::equal(digest(), other.digest());
}

Result<ClaimedHash> parse_hash(std::string_view text) {
  text = trimmed(text);
  for (const auto& [algorithm, size] : kSizes) {
    if (text.size() == 2 * size) {
      TRY(const auto digest, decode_hex(text));
      return ClaimedHash(algorithm, digest);
    }
  }
  return invalid("a hash of {} digits: 32, 40, 64 and 128 are known", text.size());
}

}  // namespace quaymaster::drive
