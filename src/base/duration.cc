#include "base/duration.h"

#include <charconv>

namespace quaymaster {
namespace {

constexpr std::int64_t kSecond = Ticks::period::den;

struct Unit {
  char letter;
  std::int64_t ticks;
  bool in_time;  // after the "T"
};
constexpr Unit kUnits[] = {
    {'D', 86'400 * kSecond, false}, {'H', 3'600 * kSecond, true}, {'M', 60 * kSecond, true}, {'S', kSecond, true}};
constexpr std::int64_t kMostDays = 3'660'000;  // ten thousand years
constexpr std::int64_t kMost = kMostDays * kUnits[0].ticks;

Result<Ticks> refused(std::string_view text) {
  return invalid("'{}' is not an ISO 8601 duration such as PT1H30M or P2D", text);
}

}  // namespace

std::string format_duration(Ticks duration) {
  std::string text = duration < Ticks{0} ? "-P" : "P";
  auto left = duration < Ticks{0} ? -duration.count() : duration.count();
  bool in_time = false;
  for (const auto& unit : kUnits) {
    const bool is_last = unit.letter == 'S';
    const auto whole = left / unit.ticks;
    left %= unit.ticks;
    const bool is_zero = whole == 0 && (!is_last || left == 0);
    if (is_zero && !(is_last && text.back() == 'P')) {
      continue;
    }
    if (unit.in_time && !in_time) {
      text += 'T';
      in_time = true;
    }
    text += std::to_string(whole);
    if (is_last && left != 0) {
      auto fraction = fmt::format(".{:07}", left);
      fraction.erase(fraction.find_last_not_of('0') + 1);
      text += fraction;
    }
    text += unit.letter;
  }
  return text;
}

Result<Ticks> parse_duration(std::string_view text) {
  auto rest = text;
  const bool negative = rest.starts_with('-');
  rest.remove_prefix(negative ? 1 : 0);
  if (!rest.starts_with('P')) {
    return refused(text);
  }
  rest.remove_prefix(1);
  bool in_time = false;
  std::size_t next = 0;  // units are in order and appear once
  std::int64_t total = 0;
  bool has_any = false;
  while (!rest.empty()) {
    if (rest.front() == 'T' && !in_time) {
      in_time = true;
      rest.remove_prefix(1);
      has_any = false;
      continue;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || rest.front() == '-' || number > kMostDays * 86'400) {
      return refused(text);
    }
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    std::int64_t fraction = 0;
    bool has_fraction = false;
    if (rest.starts_with('.')) {
      has_fraction = true;
      std::int64_t worth = kSecond / 10;
      std::size_t digits = 1;
      for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits, worth /= 10) {
        fraction += (rest[digits] - '0') * worth;
      }
      if (digits == 1 || digits > 8) {
        return refused(text);
      }
      rest.remove_prefix(digits);
    }
    while (next < std::size(kUnits) &&
           (rest.empty() || kUnits[next].letter != rest.front() || kUnits[next].in_time != in_time)) {
      ++next;
    }
    if (next == std::size(kUnits) || (has_fraction && kUnits[next].letter != 'S') ||
        number > kMost / kUnits[next].ticks) {
      return refused(text);
    }
    total += number * kUnits[next].ticks + fraction;
    if (total > kMost) {
      return refused(text);
    }
    rest.remove_prefix(1);
    ++next;
    has_any = true;
  }
  if (!has_any) {
    return refused(text);
  }
  return Ticks{negative ? -total : total};
}

}  // namespace quaymaster
