#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace quaymaster::api {

enum class Comparison { equal, not_equal, greater, greater_or_equal, less, less_or_equal };

/// One condition of a $filter: `properties/state eq 'Shipping'`.
struct Condition {
  std::string property;  // as written, parts separated by "/"
  Comparison comparison = Comparison::equal;
  std::string value;  // a string without its quotes, '' unescaped; anything else as written
  bool quoted = false;
};

/// A parsed $filter: a condition, or an and/or of filters.
struct Filter {
  enum class Kind { condition, all, any };
  Kind kind = Kind::condition;
  Condition condition;        // kind condition
  std::vector<Filter> parts;  // kind all (and), any (or); at least two
};

/// Parses the subset of OData that ARM lists accept: eq, ne, ge, gt, le, lt, and, or, parentheses; 'strings' with ''
/// for a quote, numbers, true, false, bare times. Operators compare without case; `and` binds tighter than `or`.
/// Errc::invalid, with a cause suitable for a client that names the column: anything else, more than 4096 bytes, or
/// nested more than 16 deep.
Result<Filter> parse_filter(std::string_view text);

/// Evaluates the filter for an object. `value_of` says for each condition whether it holds. If it refuses a condition
/// (Errc::invalid: an unknown property, a value of the wrong form), that error is the result even where and/or would
/// not have needed it, so that whether a filter is refused does not depend on the data.
template <class Holds>
Result<bool> matches(const Filter& filter, const Holds& holds) {
  if (filter.kind == Filter::Kind::condition) {
    return holds(filter.condition);
  }
  bool result = filter.kind == Filter::Kind::all;
  for (const auto& part : filter.parts) {
    TRY(const bool one, matches(part, holds));
    result = filter.kind == Filter::Kind::all ? (result && one) : (result || one);
  }
  return result;
}

}  // namespace quaymaster::api
