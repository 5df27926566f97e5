#include "drive/manifest/drive_list.h"

#include <algorithm>

#include "base/encode.h"
#include "wire/xml_writer.h"

namespace quaymaster::drive {
namespace {

constexpr std::size_t kGroups = 8;
constexpr std::size_t kDigits = 6;
constexpr unsigned kGroupLimit = 720'896;  // 65536 * 11: each group carries 16 bits, times 11 as its check

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Result<std::string> write_drive_fragment(const DriveListEntry& entry) {
  std::string text;
  wire::XmlWriter xml(text, {.declaration = false, .indent = 2});
  xml.start("Drive")
      .element("DriveId", entry.drive_id)
      .element("BitLockerKey", entry.bitlocker_key)
      .element("ManifestFile", entry.manifest_file)
      .element("ManifestHash", entry.manifest_hash);
  if (entry.drive_header_hash) {
    xml.element("DriveHeaderHash", *entry.drive_header_hash);
  }
  xml.end();
  TRY(xml.finish());
  return text;
}

BitLockerKeyForm bitlocker_key_form(std::string_view key) {
  constexpr std::size_t kLength = kGroups * kDigits + kGroups - 1;
  bool numerical = key.size() == kLength;
  for (std::size_t i = 0; numerical && i < key.size(); ++i) {
    numerical = i % (kDigits + 1) == kDigits ? key[i] == '-' : is_digit(key[i]);
  }
  if (numerical) {
    return BitLockerKeyForm::numerical_password;
  }
  return !key.empty() && decode_base64(key) ? BitLockerKeyForm::external_key : BitLockerKeyForm::other;
}

bool is_true_numerical_password(std::string_view key) {
  if (bitlocker_key_form(key) != BitLockerKeyForm::numerical_password) {
    return false;
  }
  for (std::size_t group = 0; group < kGroups; ++group) {
    unsigned number = 0;
    for (const char c : key.substr(group * (kDigits + 1), kDigits)) {
      number = number * 10 + static_cast<unsigned>(c - '0');
    }
    if (number % 11 != 0 || number >= kGroupLimit) {
      return false;
    }
  }
  return true;
}

}  // namespace quaymaster::drive
