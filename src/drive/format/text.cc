#include "drive/format/text.h"

#include <charconv>
#include <limits>

namespace quaymaster::drive {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n";
  const auto first = text.find_first_not_of(kWhite);
  if (first == text.npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

Result<std::uint64_t> parse_number(std::string_view text) {
  text = trimmed(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() ||
      number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return invalid("\"{}\" is not a number from 0 to 2^63-1", text.substr(0, 40));
  }
  return number;
}

}  // namespace quaymaster::drive
