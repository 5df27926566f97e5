// Parses a $filter; what is accepted is written with full parentheses, and means the same when it is read again.

#include <string>

#include "api/odata.h"
#include "base/bytes.h"
#include "base/check.h"

namespace {

using namespace quaymaster;
using api::Filter;

std::string shown(const Filter& filter) {
  static constexpr const char* kNames[] = {"eq", "ne", "gt", "ge", "lt", "le"};
  if (filter.kind == Filter::Kind::condition) {
    const auto& condition = filter.condition;
    std::string value;
    for (const char c : condition.value) {
      value += c == '\'' && condition.quoted ? "''" : std::string(1, c);
    }
    const std::string quote = condition.quoted ? "'" : "";
    return condition.property + " " + kNames[static_cast<int>(condition.comparison)] + " " + quote + value + quote;
  }
  std::string text = "(";
  for (const auto& part : filter.parts) {
    text += (text.size() > 1 ? (filter.kind == Filter::Kind::all ? " and " : " or ") : "") + shown(part);
  }
  return text + ")";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto filter = api::parse_filter(as_text(Bytes(data, size)));
  if (!filter) {
    check(filter.error().kind() == Errc::invalid && !filter.error().cause().empty());
    return 0;
  }
  const auto text = shown(filter.value());
  // Parentheses around every chain may go deeper than what is allowed; otherwise it is the same filter.
  if (const auto again = api::parse_filter(text)) {
    check(shown(again.value()) == text);
  }
  return 0;
}
