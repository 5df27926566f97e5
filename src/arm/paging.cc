#include "arm/paging.h"

#include <charconv>

#include "arm/errors.h"
#include "base/encode.h"

namespace quaymaster::arm {
namespace {

constexpr std::string_view kTop = "$top";
constexpr std::string_view kSkipToken = "$skipToken";
/// Distinguishes our tokens from other text, and this form of them from later ones.
constexpr std::string_view kTokenMark = "k1:";
constexpr std::size_t kLongestToken = 4096;

}  // namespace

Result<PageRequest> page_request(const Context& context, std::size_t largest) {
  PageRequest page{largest, {}};
  if (const auto top = context.parameter(kTop)) {
    const auto [end, error] = std::from_chars(top->data(), top->data() + top->size(), page.top);
    if (error != std::errc{} || end != top->data() + top->size() || page.top < 1 || page.top > largest) {
      return refuse(Errc::invalid, kInvalidParameter,
                    fmt::format("The value '{}' of $top must be a number from 1 to {}.", *top, largest))
          .at("$top");
    }
  }
  if (const auto token = context.parameter(kSkipToken)) {
    const auto decoded = token->size() <= kLongestToken ? decode_base64url(*token) : invalid("too long");
    if (!decoded || !as_text(decoded.value()).starts_with(kTokenMark)) {
      return refuse(Errc::invalid, kInvalidParameter,
                    "The value of $skipToken was not issued by this server. Use nextLink unchanged.")
          .at("$skipToken");
    }
    page.after = as_text(decoded.value()).substr(kTokenMark.size());
  }
  return page;
}

std::string next_link(const Context& context, std::string_view last_key) {
  std::string link = context.base + context.request.raw_path;
  char separator = '?';
  for (const auto& [name, value] : context.request.query) {
    if (!equal_ignoring_case(name, kSkipToken)) {
      link += fmt::format("{}{}={}", separator, percent_encode(name, "$"), percent_encode(value));
      separator = '&';
    }
  }
  const auto token = fmt::format("{}{}", kTokenMark, last_key);
  link += fmt::format("{}{}={}", separator, kSkipToken, base64url(as_bytes(token)));
  return link;
}

}  // namespace quaymaster::arm
