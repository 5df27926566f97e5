#include "base/guid.h"

#include <openssl/rand.h>

#include <algorithm>

#include "base/check.h"
#include "base/encode.h"

namespace quaymaster {

std::string Guid::text() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (const auto byte : bytes) {
    at += at == 8 || at == 13 || at == 18 || at == 23 ? 1 : 0;
    text[at++] = kDigits[byte >> 4];
    text[at++] = kDigits[byte & 15];
  }
  return text;
}

Result<Guid> parse_guid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') {
    return invalid("not a GUID");
  }
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != '-'; });
  TRY(const auto bytes, decode_hex(digits));
  if (bytes.size() != 16) {
    return invalid("not a GUID");
  }
  Guid guid;
  std::ranges::copy(bytes, guid.bytes.begin());
  return guid;
}

Guid RandomSource::guid() {
  Guid guid;
  fill(guid.bytes);
  guid.bytes[6] = static_cast<std::uint8_t>((guid.bytes[6] & 0x0F) | 0x40);
  guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3F) | 0x80);
  return guid;
}

void SystemRandom::fill(MutableBytes bytes) {
  check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
}

void CountingRandom::fill(MutableBytes bytes) {
  std::ranges::fill(bytes, std::uint8_t{0});
  for (std::size_t i = 0; i < std::min<std::size_t>(8, bytes.size()); ++i) {
    bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>(next_ >> (8 * i));
  }
  ++next_;
}

}  // namespace quaymaster
