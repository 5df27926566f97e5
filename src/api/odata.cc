#include "api/odata.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encode.h"

namespace quaymaster::api {
namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr int kMostDepth = 16;

constexpr std::array<std::pair<std::string_view, Comparison>, 6> kComparisons{{
    {"eq", Comparison::equal},
    {"ne", Comparison::not_equal},
    {"gt", Comparison::greater},
    {"ge", Comparison::greater_or_equal},
    {"lt", Comparison::less},
    {"le", Comparison::less_or_equal},
}};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
         c == '.' || c == '-' || c == ':' || c == '+';
}
bool starts_property(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Filter> whole() {
    TRY(auto filter, any(0));
    skip_blanks();
    if (at_ != text_.size()) {
      return unexpected("the end, 'and' or 'or'");
    }
    return filter;
  }

 private:
  Result<Filter> any(int depth) { return chain(depth, Filter::Kind::any, "or"); }
  Result<Filter> all(int depth) { return chain(depth, Filter::Kind::all, "and"); }

  Result<Filter> chain(int depth, Filter::Kind kind, std::string_view word) {
    const auto part = [&] { return kind == Filter::Kind::any ? all(depth) : one(depth); };
    TRY(auto first, part());
    Filter chain{kind, {}, {}};
    chain.parts.push_back(std::move(first));
    while (take_word(word)) {
      TRY(auto next, part());
      chain.parts.push_back(std::move(next));
    }
    if (chain.parts.size() == 1) {
      Filter only = std::move(chain.parts.front());
      return only;
    }
    return chain;
  }

  Result<Filter> one(int depth) {
    skip_blanks();
    if (peek() != '(') {
      return condition();
    }
    if (depth == kMostDepth) {
      return invalid("parentheses are nested more than {} levels deep", kMostDepth);
    }
    ++at_;
    TRY(auto inner, any(depth + 1));
    skip_blanks();
    if (peek() != ')') {
      return unexpected("')'");
    }
    ++at_;
    return inner;
  }

  Result<Filter> condition() {
    const auto property = word();
    if (property.empty() || !starts_property(property.front())) {
      at_ -= property.size();
      return unexpected("a property name");
    }
    skip_blanks();
    const auto operation = word();
    const auto found = std::ranges::find_if(
        kComparisons, [&](const auto& candidate) { return equal_ignoring_case(candidate.first, operation); });
    if (found == kComparisons.end()) {
      at_ -= operation.size();
      return unexpected("one of eq, ne, gt, ge, lt, le");
    }
    Filter filter;
    filter.condition.property = property;
    filter.condition.comparison = found->second;
    skip_blanks();
    if (peek() == '\'') {
      TRY(filter.condition.value, quoted());
      filter.condition.quoted = true;
    } else {
      filter.condition.value = word();
      if (filter.condition.value.empty()) {
        return unexpected("a value");
      }
    }
    return filter;
  }

  Result<std::string> quoted() {
    const auto start = at_++;
    std::string value;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c != '\'') {
        value += c;
      } else if (peek() == '\'') {
        value += '\'';
        ++at_;
      } else {
        return value;
      }
    }
    return invalid("the string that begins at column {} is not terminated", start + 1);
  }

  std::string_view word() {
    const auto start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }
  bool take_word(std::string_view wanted) {
    skip_blanks();
    const auto before = at_;
    if (equal_ignoring_case(word(), wanted)) {
      return true;
    }
    at_ = before;
    return false;
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) {
      ++at_;
    }
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  Error unexpected(std::string_view wanted) const {
    return at_ < text_.size() ? invalid("expected {} at column {}", wanted, at_ + 1)
                              : invalid("expected {} at its end", wanted);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Filter> parse_filter(std::string_view text) {
  if (text.size() > kMostBytes) {
    return invalid("it is longer than {} bytes", kMostBytes);
  }
  return Parser(text).whole();
}

}  // namespace quaymaster::api
