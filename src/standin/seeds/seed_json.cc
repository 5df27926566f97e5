#include <algorithm>
#include <functional>

#include "standin/seeds/seed_file.h"
#include "wire/json.h"

// JSON with positions, which the parser of wire/json.h does not report. That parser interprets the elements: this one
// only finds where values begin and end, and where text stops being JSON.
namespace quaymaster::server {
namespace {

constexpr std::size_t kDeepest = 32;

class Scanner {
 public:
  Scanner(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  using OnMember = std::function<Result<>(const std::string& name)>;
  using OnElement = std::function<Result<>()>;

  Result<> object(const OnMember& on_member) {
    TRY(take('{', "an object"));
    if (next() == '}') {
      at_ += 1;
      return ok();
    }
    while (true) {
      if (next() != '"') {
        return wrong("expected the name of a member");
      }
      const auto begin = at_;
      TRY(string());
      auto name = wire::parse_stored<std::vector<std::string>>(fmt::format("[{}]", text_.substr(begin, at_ - begin)));
      if (!name) {
        at_ = begin;
        return wrong("expected a string");
      }
      TRY(take(':', "':'"));
      next();
      TRY(on_member(name.value().front()));
      if (next() != ',') {
        break;
      }
      at_ += 1;
    }
    return take('}', "',' or '}'");
  }

  Result<> array(const OnElement& on_element) {
    TRY(take('[', "a list"));
    if (next() == ']') {
      at_ += 1;
      return ok();
    }
    while (true) {
      next();
      TRY(on_element());
      if (next() != ',') {
        break;
      }
      at_ += 1;
    }
    return take(']', "',' or ']'");
  }

  /// Skips any value.
  Result<> value() {
    if (depth_ == kDeepest) {
      return wrong("nested too deeply");
    }
    switch (next()) {
      case '{': {
        depth_ += 1;
        TRY(object([this](const std::string&) { return value(); }));
        depth_ -= 1;
        return ok();
      }
      case '[': {
        depth_ += 1;
        TRY(array([this] { return value(); }));
        depth_ -= 1;
        return ok();
      }
      case '"':
        return string();
      default:
        return word();
    }
  }

  Result<> end() {
    return next() == '\0' && at_ == text_.size() ? Result<>(ok()) : wrong("unexpected text after the end");
  }

  /// The next character that is not a blank; '\0' at the end.
  char next() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  std::size_t at() const { return at_; }
  std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }

  std::size_t line(std::size_t at) const {
    return 1 + static_cast<std::size_t>(std::ranges::count(text_.substr(0, at), '\n'));
  }
  std::size_t column(std::size_t at) const {
    const auto begin = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
    return begin == std::string_view::npos ? at + 1 : at - begin;
  }
  Error wrong(std::string_view what) const {
    return invalid("{}, line {}, column {}: {}", file_, line(at_), column(at_), what);
  }

 private:
  Result<> take(char c, std::string_view name) {
    if (next() != c) {
      return wrong(fmt::format("expected {}", name));
    }
    at_ += 1;
    return ok();
  }

  Result<> string() {
    const auto begin = at_;
    for (at_ += 1; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(text_[at_]) < ' ') {
        return wrong("a string must end on its line");
      }
      at_ += text_[at_] == '\\' ? 1 : 0;
    }
    if (at_ >= text_.size()) {
      at_ = begin;
      return wrong("the string is not terminated");
    }
    at_ += 1;
    return ok();
  }

  /// A number, true, false or null.
  Result<> word() {
    const auto begin = at_;
    at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    const auto found = since(begin);
    const bool is_word = found == "true" || found == "false" || found == "null";
    if (!is_word && !wire::parse_stored<std::vector<double>>(fmt::format("[{}]", found))) {
      at_ = begin;
      return wrong(found.empty() ? "expected a value" : "invalid value");
    }
    if (found.empty()) {
      return wrong("expected a value");
    }
    return ok();
  }

  const std::string_view text_;
  const std::string_view file_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

Result<SeedLists> read_seed_json(std::string_view text, std::string_view file) {
  SeedLists lists;
  Scanner in(text, file);
  const auto elements = [&in](std::vector<SeedElement>& into) {
    return in.array([&]() -> Result<> {
      if (in.next() != '{') {
        return in.wrong("expected an object");
      }
      const auto begin = in.at();
      TRY(in.value());
      into.push_back({std::string(in.since(begin)), in.line(begin), in.column(begin)});
      return ok();
    });
  };
  TRY(in.object([&](const std::string& name) -> Result<> {
    if (name == "resourceGroups") {
      return elements(lists.groups);
    }
    if (name == "resources") {
      return elements(lists.resources);
    }
    if (name != "location") {
      return in.wrong(fmt::format("a seed has location, resourceGroups and resources, not \"{}\"", name));
    }
    const auto begin = in.at();
    const char first = in.next();
    TRY(in.value());
    if (first != '"') {
      return in.wrong("location must be a string");
    }
    TRY(const auto location, wire::parse_stored<std::vector<std::string>>(fmt::format("[{}]", in.since(begin))));
    lists.location = location.front();
    return ok();
  }));
  TRY(in.end());
  return lists;
}

}  // namespace quaymaster::server
