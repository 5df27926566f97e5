#include "cli/az/java_key_store.h"

#include "base/digests/digest.h"
#include "base/encode.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kPassword = "changeit";

Result<Buffer> der_of(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  const auto begin = pem.find(kBegin);
  const auto end = pem.find("-----END CERTIFICATE-----");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return invalid("not a certificate in PEM form");
  }
  std::string text;
  for (const char c : pem.substr(begin + kBegin.size(), end - begin - kBegin.size())) {
    if (c != '\n' && c != '\r') {
      text += c;
    }
  }
  return decode_base64(text);
}

/// Numbers are big-endian; text is its length in two bytes and the characters.
struct BigEndianWriter {
  Buffer bytes;
  void number(std::uint64_t value, int width) {
    for (int at = width - 1; at >= 0; --at) {
      bytes.push_back(static_cast<std::uint8_t>(value >> (8 * at)));
    }
  }
  void raw(Bytes more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
  void text(std::string_view value) {
    number(value.size(), 2);
    raw(as_bytes(value));
  }
};

}  // namespace

Result<Buffer> java_key_store(std::string_view certificate_pem, Time now) {
  TRY(const auto der, der_of(certificate_pem));
  BigEndianWriter store;
  store.number(0xFEEDFEED, 4);
  store.number(2, 4);  // version
  store.number(1, 4);  // entries
  store.number(2, 4);  // a trusted certificate
  store.text("quaymaster");
  store.number(
      static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count()), 8);
  store.text("X.509");
  store.number(der.size(), 4);
  store.raw(der);
  // The digest covers the password in UTF-16, a text fixed by the format, and everything before.
  BigEndianWriter digested;
  for (const char c : kPassword) {
    digested.number(static_cast<std::uint8_t>(c), 2);
  }
  digested.raw(as_bytes("Mighty Aphrodite"));
  digested.raw(store.bytes);
  store.raw(digest(HashAlgorithm::sha1, digested.bytes));
  return std::move(store.bytes);
}

}  // namespace quaymaster::cli
