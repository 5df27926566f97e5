#include "drive/read/drive_path.h"

#include <clocale>
#include <cstdint>
#include <cwctype>

#include <algorithm>
#include <array>
#include <optional>

#include "base/encode.h"

namespace quaymaster::drive {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestPath = 32767;

/// Decodes one code point from the front of `text`; nullopt when the bytes are not UTF-8. Surrogates and overlong forms
/// are accepted: they are only compared with names from the same drive.
std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (size == 0 || size > text.size()) {
    return std::nullopt;
  }
  char32_t value = size == 1 ? first : first & (0x7F >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xC0) != 0x80) {
      return std::nullopt;
    }
    value = (value << 6) | (byte & 0x3F);
  }
  text.remove_prefix(size);
  return value;
}

void append_code_point(std::string& text, char32_t value) {
  const auto put = [&](char32_t bits) { text.push_back(static_cast<char>(bits)); };
  if (value < 0x80) {
    return put(value);
  }
  if (value < 0x800) {
    put(0xC0 | (value >> 6));
  } else if (value < 0x10000) {
    put(0xE0 | (value >> 12));
    put(0x80 | ((value >> 6) & 0x3F));
  } else {
    put(0xF0 | (value >> 18));
    put(0x80 | ((value >> 12) & 0x3F));
    put(0x80 | ((value >> 6) & 0x3F));
  }
  put(0x80 | (value & 0x3F));
}

/// A locale with letters beyond ASCII, whatever the process's locale; null where the system has none.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char32_t upper(char32_t value) {
  if (value < 0x80) {
    return value >= 'a' && value <= 'z' ? value - 32 : value;
  }
  const auto locale = unicode_locale();
  if (locale == nullptr) {
    return value;
  }
  return static_cast<char32_t>(towupper_l(static_cast<wint_t>(value), locale));
}

bool is_reserved_device(std::string_view stem) {
  static constexpr std::array<std::string_view, 4> kWords = {"CON", "PRN", "AUX", "NUL"};
  const auto folded = fold_case(stem);
  if (std::ranges::find(kWords, folded) != kWords.end()) {
    return true;
  }
  return folded.size() == 4 && (folded.starts_with("COM") || folded.starts_with("LPT")) && folded[3] >= '1' &&
         folded[3] <= '9';
}

/// The longest prefix of `text` that is complete UTF-8 and within `bytes`.
std::string_view cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) {
    return text;
  }
  while (bytes > 0 && (static_cast<std::uint8_t>(text[bytes]) & 0xC0) == 0x80) {
    --bytes;
  }
  return text.substr(0, bytes);
}

}  // namespace

std::size_t utf16_length(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xC0) != 0x80) {
      units += byte >= 0xF0 ? 2 : 1;
    }
  }
  return units;
}

std::string fold_case(std::string_view name) {
  std::string folded;
  folded.reserve(name.size());
  while (!name.empty()) {
    if (const auto value = take_code_point(name)) {
      append_code_point(folded, upper(*value));
    } else {
      folded.push_back(name.front());
      name.remove_prefix(1);
    }
  }
  return folded;
}

Result<std::vector<std::string>> split_drive_path(std::string_view path) {
  if (path.find('\0') != path.npos) {
    return invalid("path contains a zero byte");
  }
  if (!is_utf8(path)) {
    return invalid("path is not UTF-8");
  }
  if (utf16_length(path) > kLongestPath) {
    return too_large("path of {} bytes", path.size());
  }
  if (path.find(':') != path.npos) {
    return invalid("path contains a colon: drive letters and streams are refused");
  }
  std::vector<std::string> names;
  while (!path.empty()) {
    const auto end = std::min(path.find_first_of("\\/"), path.size());
    const auto name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty() || name == ".") {
      continue;
    }
    if (name == "..") {
      return invalid("path goes up");
    }
    if (name.size() > kLongestName || utf16_length(name) > kLongestName) {
      return too_large("path contains a name of {} bytes", name.size());
    }
    names.emplace_back(name);
  }
  if (names.empty()) {
    return invalid("path is empty");
  }
  return names;
}

std::string ntfs_name(std::string_view name) {
  std::string legal;
  for (const char c : name) {
    const bool bad =
        static_cast<std::uint8_t>(c) < 0x20 || std::string_view("<>:\"|?*\\/").find(c) != std::string_view::npos;
    legal.push_back(bad ? '_' : c);
  }
  if (legal.empty()) {
    return "_";
  }
  if (is_reserved_device(legal.substr(0, legal.find('.')))) {
    legal.insert(std::min(legal.find('.'), legal.size()), "_");
  }
  if (legal.size() > kLongestName) {
    const auto dot = legal.rfind('.');
    const auto extension = dot != legal.npos && legal.size() - dot <= 32 ? legal.substr(dot) : std::string();
    legal = std::string(cut(legal, kLongestName - extension.size())) + extension;
  }
  if (legal.back() == '.' || legal.back() == ' ') {
    legal.back() = '_';
  }
  return legal;
}

}  // namespace quaymaster::drive
