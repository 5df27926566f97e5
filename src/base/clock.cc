#include "base/clock.h"

#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace quaymaster {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  year_month_day date;
  hh_mm_ss<Ticks> time;
};

Civil civil(Time time) {
  const auto day = floor<days>(time);
  return {year_month_day{day}, hh_mm_ss<Ticks>{time - day}};
}

/// Writes the digits of `number` at `at`, with leading zeros. Every response contains times, and a formatting library
/// takes ten times as long.
char* put_digits(char* at, std::int64_t number, int width) {
  for (int i = width; i-- > 0; number /= 10) {
    at[i] = static_cast<char>('0' + number % 10);
  }
  return at + width;
}

constexpr int kFractionDigits = 7;

/// How much of a fraction of a second is written: all seven digits, or up to the last one that is not 0.
enum class Fraction { full, trimmed };

/// "2024-04-18T05:53:07.1234567Z"
std::string date_and_time(const Civil& c, Fraction fraction) {
  char text[32];
  char* at = put_digits(text, static_cast<int>(c.date.year()), 4);
  const auto piece = [&](char mark, std::int64_t number, int width) {
    *at++ = mark;
    at = put_digits(at, number, width);
  };
  piece('-', static_cast<unsigned>(c.date.month()), 2);
  piece('-', static_cast<unsigned>(c.date.day()), 2);
  piece('T', c.time.hours().count(), 2);
  piece(':', c.time.minutes().count(), 2);
  piece(':', c.time.seconds().count(), 2);
  if (fraction == Fraction::full || c.time.subseconds().count() != 0) {
    piece('.', c.time.subseconds().count(), kFractionDigits);
    while (fraction == Fraction::trimmed && at[-1] == '0') {
      --at;
    }
  }
  *at++ = 'Z';
  return {text, at};
}

/// Consumes a text from the front; after the first mismatch every further step fails as well.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int number = 0;
    if (rest_.size() < count) {
      good_ = false;
      return 0;
    }
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + count, number);
    good_ = good_ && error == std::errc{} && end == rest_.data() + count && rest_[0] != '-';
    rest_.remove_prefix(count);
    return number;
  }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  void need(std::string_view text) {
    good_ = good_ && rest_.starts_with(text);
    rest_.remove_prefix(std::min(text.size(), rest_.size()));
  }
  template <std::size_t N>
  unsigned one_of(const std::array<std::string_view, N>& names) {
    for (unsigned i = 0; i < N; ++i) {
      if (rest_.starts_with(names[i])) {
        rest_.remove_prefix(names[i].size());
        return i;
      }
    }
    good_ = false;
    return 0;
  }
  bool at_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
  bool done() const { return good_ && rest_.empty(); }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<Time> make_time(int year, int month, int day, int hour, int minute, int second, Ticks fraction) {
  const year_month_day date{std::chrono::year{year}, std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  return Time{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + fraction;
}

}  // namespace

Time SystemClock::now() const {
  return std::chrono::time_point_cast<Ticks>(std::chrono::system_clock::now());
}

bool SystemClock::sleep_until(Time deadline, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  const auto when = std::chrono::time_point_cast<std::chrono::system_clock::duration>(deadline);
  never.wait_until(lock, stop, when, [&] { return now() >= deadline; });
  return now() >= deadline && !stop.stop_requested();
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string format_time(Time time) {
  return date_and_time(civil(time), Fraction::full);
}

std::string format_time_short(Time time) {
  return date_and_time(civil(time), Fraction::trimmed);
}

std::string format_http_date(Time time) {
  const auto c = civil(time);
  const std::chrono::weekday weekday{floor<days>(time)};
  std::string text = "Sun, 06 Nov 1994 08:49:37 GMT";  // a template with every part in its place
  const auto put = [&](std::size_t at, std::int64_t number, int width) { put_digits(text.data() + at, number, width); };
  kWeekdays.at(weekday.c_encoding()).copy(text.data(), 3);
  put(5, static_cast<unsigned>(c.date.day()), 2);
  kMonths.at(static_cast<unsigned>(c.date.month()) - 1).copy(text.data() + 8, 3);
  put(12, static_cast<int>(c.date.year()), 4);
  put(17, c.time.hours().count(), 2);
  put(20, c.time.minutes().count(), 2);
  put(23, c.time.seconds().count(), 2);
  return text;
}

Result<Time> parse_time(std::string_view text) {
  Scanner in(text);
  const int year = in.digits(4);
  in.need("-");
  const int month = in.digits(2);
  in.need("-");
  const int day = in.digits(2);
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction = 0;
  std::chrono::minutes offset{0};
  if (in.take('T') || in.take(' ')) {
    hour = in.digits(2);
    in.need(":");
    minute = in.digits(2);
    if (in.take(':')) {
      second = in.digits(2);
      if (in.take('.')) {
        int count = 0;
        for (; in.at_digit() && count < 9; ++count) {
          const int digit = in.digits(1);
          fraction = count < 7 ? fraction * 10 + digit : fraction;
        }
        for (; count < 7; ++count) {
          fraction *= 10;
        }
      }
    }
    const bool plus = in.take('+');
    if (plus || in.take('-')) {
      const int hours = in.digits(2);
      in.take(':');
      const int minutes = in.digits(2);
      offset = std::chrono::minutes{(plus ? 1 : -1) * (hours * 60 + minutes)};
    } else {
      in.take('Z');
    }
  }
  const auto time = make_time(year, month, day, hour, minute, second, Ticks{fraction});
  if (!in.done() || !time) {
    return invalid("not an ISO 8601 time");
  }
  return *time - offset;
}

Result<Time> parse_http_date(std::string_view text) {
  Scanner in(text);
  in.one_of(kWeekdays);
  in.need(", ");
  const int day = in.digits(2);
  in.need(" ");
  const auto month = static_cast<int>(in.one_of(kMonths)) + 1;
  in.need(" ");
  const int year = in.digits(4);
  in.need(" ");
  const int hour = in.digits(2);
  in.need(":");
  const int minute = in.digits(2);
  in.need(":");
  const int second = in.digits(2);
  in.need(" GMT");
  const auto time = make_time(year, month, day, hour, minute, second, Ticks{0});
  if (!in.done() || !time) {
    return invalid("not an RFC 1123 date");
  }
  return *time;
}

}  // namespace quaymaster
