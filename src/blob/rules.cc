#include "blob/rules.h"

#include <algorithm>

#include "base/encode.h"

namespace quaymaster::blob {
namespace {

constexpr std::size_t kLongestName = 1024;  // UTF-16 units
constexpr std::size_t kMostSegments = 254;

/// Removes the first code point from valid UTF-8.
char32_t take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  constexpr unsigned char kLeadBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t point = lead & kLeadBits[size];
  for (std::size_t i = 1; i < size; ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  text.remove_prefix(size);
  return point;
}

bool is_refused(char32_t point) {
  return point < 0x20 || point == 0x7F || point == 0x81 || (point >= 0xE000 && point <= 0xF8FF);
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || digit(c); });
}

bool is_printable(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

}  // namespace

std::string stored_name(std::string_view name) {
  std::string stored(name);
  std::ranges::replace(stored, '\\', '/');
  return stored;
}

Result<> check_blob_name(std::string_view name) {
  if (name.empty()) {
    return invalid("a blob name has at least one character");
  }
  if (!is_utf8(name)) {
    return invalid("a blob name is UTF-8");
  }
  std::size_t units = 0;
  for (auto rest = name; !rest.empty();) {
    const auto point = take_code_point(rest);
    if (is_refused(point)) {
      return invalid("a blob name cannot contain U+{:04X}", static_cast<std::uint32_t>(point));
    }
    units += point > 0xFFFF ? 2 : 1;
  }
  if (units > kLongestName) {
    return invalid("a blob name has at most {} characters", kLongestName);
  }
  if (static_cast<std::size_t>(std::ranges::count(name, '/')) >= kMostSegments) {
    return invalid("a blob name has at most {} segments", kMostSegments);
  }
  return ok();
}

Result<> check_metadata(const Metadata& metadata) {
  std::size_t size = 0;
  for (const auto& [name, value] : metadata) {
    if (!is_identifier(name)) {
      return invalid("the metadata name \"{}\" is not an identifier in ASCII", name);
    }
    if (!is_printable(value)) {
      return invalid("the value of the metadata name {} is not printable ASCII", name);
    }
    size += name.size() + value.size();
  }
  if (size > kLargestMetadata) {
    return too_large("metadata of {} bytes, {} are allowed", size, kLargestMetadata);
  }
  return ok();
}

Result<> check_properties(const Properties& properties) {
  std::size_t size = 0;
  for (const auto text : {&Properties::content_type, &Properties::content_encoding, &Properties::content_language,
                          &Properties::content_disposition, &Properties::cache_control}) {
    const auto& value = properties.*text;
    if (std::ranges::any_of(value, is_control)) {
      return invalid("the value of a property contains a control character");
    }
    size += value.size();
  }
  if (properties.md5) {
    size += properties.md5->size() * 4 / 3;
  }
  if (size > kLargestProperties) {
    return too_large("properties of {} bytes, {} are allowed", size, kLargestProperties);
  }
  return ok();
}

}  // namespace quaymaster::blob
