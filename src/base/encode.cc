#include "base/encode.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

namespace quaymaster {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string hex(Bytes bytes, std::string_view digits) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

std::string encode64(Bytes bytes, std::string_view alphabet, bool padded) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const auto n = static_cast<std::uint32_t>(bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2]);
    text += alphabet[n >> 18];
    text += alphabet[n >> 12 & 63];
    text += alphabet[n >> 6 & 63];
    text += alphabet[n & 63];
  }
  if (const auto left = bytes.size() - at; left > 0) {
    const auto n = static_cast<std::uint32_t>(bytes[at] << 16 | (left == 2 ? bytes[at + 1] << 8 : 0));
    text += alphabet[n >> 18];
    text += alphabet[n >> 12 & 63];
    if (left == 2) {
      text += alphabet[n >> 6 & 63];
    }
    if (padded) {
      text += left == 2 ? "=" : "==";
    }
  }
  return text;
}

std::array<std::int8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table;
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

Result<Buffer> decode64(std::string_view text, std::string_view alphabet) {
  static const auto standard = reverse(kStandard);
  static const auto url = reverse(kUrl);
  const auto& table = alphabet == kStandard ? standard : url;
  if (text.size() % 4 == 1) {
    return invalid("base64 text of an invalid length");
  }
  Buffer bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int digit = table[static_cast<std::uint8_t>(c)];
    if (digit < 0) {
      return invalid("a character that is not base64");
    }
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> held));
      bits &= (1U << held) - 1;
    }
  }
  if (bits != 0) {
    return invalid("base64 text with bits left over");
  }
  return bytes;
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

Result<std::string> decode_percent(std::string_view text, bool plus_is_blank) {
  const auto first = std::min(text.find_first_of(plus_is_blank ? "%+" : "%"), text.size());
  std::string plain(text.substr(0, first));  // most texts need no decoding at all
  plain.reserve(text.size());
  for (std::size_t i = first; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return invalid("a percent sign without two hexadecimal digits");
      }
      plain += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return plain;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

std::string hex_lower(Bytes bytes) {
  return hex(bytes, "0123456789abcdef");
}
std::string hex_upper(Bytes bytes) {
  return hex(bytes, "0123456789ABCDEF");
}

Result<Buffer> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return invalid("an odd number of hexadecimal digits");
  }
  Buffer bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return invalid("a character that is not a hexadecimal digit");
    }
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string base64(Bytes bytes) {
  return encode64(bytes, kStandard, true);
}
std::string base64url(Bytes bytes) {
  return encode64(bytes, kUrl, false);
}

Result<Buffer> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return invalid("base64 text whose length is not a multiple of four");
  }
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return decode64(text, kStandard);
}

Result<Buffer> decode_base64url(std::string_view text) {
  return decode64(text, kUrl);
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (unreserved(c) || keep.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<std::uint8_t>(c));
    }
  }
  return encoded;
}

Result<std::string> percent_decode(std::string_view text) {
  return decode_percent(text, false);
}
Result<std::string> form_decode(std::string_view text) {
  return decode_percent(text, true);
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (i + 8 <= text.size() && (load_le64(as_bytes(text.substr(i, 8))) & 0x8080808080808080) == 0) {
      i += 8;  // eight ASCII bytes: most text
      continue;
    }
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = lead < 0x80         ? 1
                               : (lead >> 5) == 6  ? 2
                               : (lead >> 4) == 14 ? 3
                               : (lead >> 3) == 30 ? 4
                                                   : 0;
    if (length == 0 || text.size() - i < length) {
      return false;
    }
    std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<std::uint8_t>(text[i + k]);
      if (next >> 6 != 2) {
        return false;
      }
      point = point << 6 | (next & 63U);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
      return false;
    }
    i += length;
  }
  return true;
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool equal_in_constant_time(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace quaymaster
