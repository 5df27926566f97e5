#include "providers/recovery_services/jobs/job_text.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/bytes.h"
#include "base/encode.h"

namespace quaymaster::recovery_services {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_digits = !text.empty() && text.front() != '-';
  return is_digits && error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string_view::npos ? std::string_view{}
                                         : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// Removes a trailing "AM" or "PM": returns 0 or 12, or nothing if there is neither.
std::optional<int> take_half(std::string_view& text) {
  if (text.size() < 2) {
    return std::nullopt;
  }
  const auto mark = text.substr(text.size() - 2);
  const bool is_am = equal_ignoring_case(mark, "am");
  if (!is_am && !equal_ignoring_case(mark, "pm")) {
    return std::nullopt;
  }
  text = trimmed(text.substr(0, text.size() - 2));
  return is_am ? 0 : 12;
}

}  // namespace

std::string bag_time(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  const auto hour = clock.hours().count();
  return fmt::format("{}/{}/{} {}:{:02}:{:02} {}", static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), static_cast<int>(date.year()), hour % 12 == 0 ? 12 : hour % 12,
                     clock.minutes().count(), clock.seconds().count(), hour < 12 ? "AM" : "PM");
}

std::string bag_megabytes(std::uint64_t bytes) {
  return fmt::format("{} MB", (bytes + kMiB / 2) / kMiB);
}

Result<Time> parse_filter_time(std::string_view text) {
  const auto bad = [whole = text] {
    return invalid("'{}' is not a time; write '2024-05-01 09:30:00 PM' or '2024-05-01T21:30:00Z', in UTC", whole);
  };
  auto rest = trimmed(text);
  const auto half = take_half(rest);
  const auto blank = rest.find(' ');
  if (blank == std::string_view::npos) {
    auto time = half ? Result<Time>(bad()) : parse_time(rest);
    return time ? time : bad();
  }
  const auto day = parse_time(rest.substr(0, blank));
  const auto clock = trimmed(rest.substr(blank));
  const auto first = clock.find(':');
  const auto second = clock.find(':', first == std::string_view::npos ? first : first + 1);
  if (!day || blank != 10 || first == std::string_view::npos || second == std::string_view::npos) {
    return bad();
  }
  auto hour = number(clock.substr(0, first));
  const auto minute = number(clock.substr(first + 1, second - first - 1));
  const auto seconds = number(clock.substr(second + 1));
  if (!hour || !minute || !seconds || *hour > 23 || *minute > 59 || *seconds > 59) {
    return bad();
  }
  if (half && *hour <= 12) {
    hour = *hour % 12 + *half;
  } else if (half && *half == 0) {
    return bad();  // a time such as 13 AM
  }
  return day.value() + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*seconds};
}

}  // namespace quaymaster::recovery_services
