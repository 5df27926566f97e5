#include "providers/authorization/access_filter.h"

#include <vector>

#include "api/odata.h"
#include "arm/errors.h"
#include "base/encode.h"

namespace quaymaster::authorization {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

/// Splits at " and " outside quotes.
std::vector<std::string_view> terms_of(std::string_view text) {
  constexpr std::string_view kAnd = " and ";
  std::vector<std::string_view> terms;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    quoted = quoted != (text[at] == '\'');
    if (!quoted && equal_ignoring_case(text.substr(at, kAnd.size()), kAnd)) {
      terms.push_back(trimmed(text.substr(begin, at - begin)));
      begin = at + kAnd.size();
      at = begin - 1;
    }
  }
  terms.push_back(trimmed(text.substr(begin)));
  return terms;
}

/// "x" of `name('x')`.
std::optional<std::string> argument_of(std::string_view term, std::string_view name) {
  if (term.size() < name.size() + 4 || !equal_ignoring_case(term.substr(0, name.size()), name)) {
    return std::nullopt;
  }
  const auto rest = term.substr(name.size());
  return rest.starts_with("('") && rest.ends_with("')") ? std::optional(std::string(rest.substr(2, rest.size() - 4)))
                                                        : std::nullopt;
}

}  // namespace

Result<AccessFilter> access_filter(const arm::Context& context, FilterTerms terms) {
  AccessFilter filter;
  const auto text = context.parameter("$filter");
  if (!text || trimmed(*text).empty()) {
    return filter;
  }
  const auto bad = [&](std::string_view why) {
    return refuse(Errc::invalid, arm::kInvalidFilter, *text, why).at("$filter");
  };
  for (const auto term : terms_of(*text)) {
    if (equal_ignoring_case(term, "atScope()")) {
      filter.at_scope = true;
    } else if (equal_ignoring_case(term, "atScopeAndBelow()") && terms == FilterTerms::definitions) {
      continue;  // the built-in roles are the same at every scope
    } else if (auto principal = argument_of(term, "assignedTo"); principal && terms == FilterTerms::assignments) {
      filter.principal = std::move(principal);
    } else {
      const auto parsed = api::parse_filter(term);
      if (!parsed) {
        return bad(parsed.error().cause());
      }
      const auto& one = parsed.value();
      if (one.kind != api::Filter::Kind::condition || one.condition.comparison != api::Comparison::equal) {
        return bad("comparisons with eq, atScope() and assignedTo(), joined by and, are offered.");
      }
      const auto property = to_lower(one.condition.property);
      if (property == "principalid" && terms == FilterTerms::assignments) {
        filter.principal = one.condition.value;
      } else if (property == "rolename" && terms == FilterTerms::definitions) {
        filter.role_name = one.condition.value;
      } else if (property == "type" && terms == FilterTerms::definitions) {
        filter.role_type = one.condition.value;
      } else {
        return bad(fmt::format("this list cannot be filtered by '{}'.", one.condition.property));
      }
    }
  }
  return filter;
}

}  // namespace quaymaster::authorization
