#include "api/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/check.h"
#include "base/encode.h"

namespace quaymaster::api {
namespace {

constexpr std::size_t kMethods = static_cast<std::size_t>(http::Method::other) + 1;
/// Deeper than any published path; longer ones are treated as unknown without being parsed.
constexpr std::size_t kMostSegments = 32;
/// The first segment of an extension's row.
constexpr std::string_view kScope = "{scope}";

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

std::vector<std::string_view> raw_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    if (!segment.empty()) {
      segments.push_back(segment);
    }
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return segments;
}

/// Does valid UTF-8 text have a control (C0, DEL, C1), a line or paragraph separator, or a character that overrides,
/// embeds or isolates a direction? Each has only one encoding, so comparing bytes is enough.
bool has_unseen(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto first = byte(at);
    const auto second = byte(at + 1);
    const auto third = byte(at + 2);
    const bool control = first < 0x20 || first == 0x7F || (first == 0xC2 && second < 0xA0);
    const bool direction = first == 0xE2 && ((second == 0x80 && third >= 0xA8 && third <= 0xAE) ||  // U+2028 to 202E
                                             (second == 0x81 && third >= 0xA6 && third <= 0xA9));   // U+2066 to 2069
    if (control || direction) {
      return true;
    }
  }
  return false;
}

}  // namespace

struct Router::Node {
  std::map<std::string, Node, std::less<>> fixed;  // by lower-case word
  std::unique_ptr<Node> parameter;
  std::array<std::optional<std::size_t>, kMethods> rows;
  bool is_end() const {
    return std::ranges::any_of(rows, [](const auto& row) { return row.has_value(); });
  }

  /// All nodes where the path may end, fixed words first.
  void collect(const std::vector<std::string>& lowered, std::size_t at, std::vector<const Node*>& ends) const {
    if (at == lowered.size()) {
      if (is_end()) {
        ends.push_back(this);
      }
      return;
    }
    if (const auto child = fixed.find(lowered[at]); child != fixed.end()) {
      child->second.collect(lowered, at + 1, ends);
    }
    if (parameter) {
      parameter->collect(lowered, at + 1, ends);
    }
  }
};

/// What follows the scope of an extension's row.
struct Router::Tail {
  std::size_t row;
  http::Method method;
  std::vector<std::string> words;  // lower case; empty where any one segment matches
  Names names;                     // counted from the first of `words`

  bool fits(const std::vector<std::string>& lowered) const {
    return lowered.size() >= words.size() &&
           std::equal(words.begin(), words.end(), lowered.end() - static_cast<std::ptrdiff_t>(words.size()),
                      [](const auto& word, const auto& segment) { return word.empty() || word == segment; });
  }
};

Router::Router(std::span<const Pattern> patterns) : root_(std::make_unique<Node>()) {
  patterns_.reserve(patterns.size());
  for (std::size_t row = 0; row < patterns.size(); ++row) {
    Node* node = root_.get();
    Names names;
    const auto segments = raw_segments(patterns[row].path);
    if (!segments.empty() && segments.front() == kScope) {
      Tail tail{row, patterns[row].method, {}, {}};
      for (std::size_t i = 1; i < segments.size(); ++i) {
        if (is_parameter(segments[i])) {
          tail.names.emplace_back(i - 1, segments[i].substr(1, segments[i].size() - 2));
        }
        tail.words.push_back(is_parameter(segments[i]) ? std::string() : to_lower(segments[i]));
      }
      tails_.push_back(std::move(tail));
      patterns_.emplace_back();
      continue;
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (is_parameter(segments[i])) {
        names.emplace_back(i, segments[i].substr(1, segments[i].size() - 2));
        if (!node->parameter) {
          node->parameter = std::make_unique<Node>();
        }
        node = node->parameter.get();
      } else {
        node = &node->fixed[to_lower(segments[i])];
      }
    }
    auto& slot = node->rows[static_cast<std::size_t>(patterns[row].method)];
    check(!slot);  // two rows for one request; `overlaps` reports it to a test
    slot = row;
    patterns_.push_back(std::move(names));
  }
}

Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

Result<Match> Router::find(http::Method method, std::string_view raw_path) const {
  TRY(auto segments, split_path(raw_path));
  Match match;
  if (segments.size() > kMostSegments) {
    return match;
  }
  std::vector<std::string> lowered(segments.size());
  std::ranges::transform(segments, lowered.begin(), [](const auto& segment) { return to_lower(segment); });
  std::vector<const Node*> ends;
  root_->collect(lowered, 0, ends);

  for (const Node* end : ends) {
    if (const auto row = end->rows[static_cast<std::size_t>(method)]) {
      match.kind = Match::Kind::found;
      match.row = *row;
      match.allowed.clear();
      for (const auto& [index, name] : patterns_[*row]) {
        match.parameters.emplace_back(name, std::move(segments[index]));
      }
      return match;
    }
    match.kind = Match::Kind::wrong_method;
    for (std::size_t other = 0; other < kMethods; ++other) {
      if (end->rows[other]) {
        match.allowed.push_back(static_cast<http::Method>(other));
      }
    }
  }
  if (ends.empty()) {
    find_tail(method, segments, lowered, match);
  }
  std::ranges::sort(match.allowed);
  const auto repeated = std::ranges::unique(match.allowed);
  match.allowed.erase(repeated.begin(), repeated.end());
  return match;
}

void Router::find_tail(http::Method method, std::vector<std::string>& segments, const std::vector<std::string>& lowered,
                       Match& match) const {
  for (const auto& tail : tails_) {
    if (!tail.fits(lowered)) {
      continue;
    }
    if (tail.method != method) {
      match.kind = Match::Kind::wrong_method;
      match.allowed.push_back(tail.method);
      continue;
    }
    const auto scope = segments.size() - tail.words.size();
    match.kind = Match::Kind::found;
    match.row = tail.row;
    match.allowed.clear();
    match.parameters.emplace_back(kScope.substr(1, kScope.size() - 2),
                                  fmt::format("/{}", fmt::join(std::span(segments).first(scope), "/")));
    for (const auto& [index, name] : tail.names) {
      match.parameters.emplace_back(name, std::move(segments[scope + index]));
    }
    return;
  }
}

Result<std::vector<std::string>> split_path(std::string_view raw_path) {
  std::vector<std::string> segments;
  for (const auto raw : raw_segments(raw_path)) {
    TRY(auto decoded, percent_decode(raw));
    if (!is_utf8(decoded)) {
      return invalid("The name '{}' in the path is not UTF-8. Encode it as UTF-8 before percent-encoding it.", raw);
    }
    if (has_unseen(decoded)) {
      return invalid(
          "The name '{}' in the path has a control character or one that changes the direction of text. Choose a name "
          "without it.",
          raw);
    }
    segments.push_back(std::move(decoded));
  }
  return segments;
}

std::vector<std::string> overlaps(std::span<const Pattern> patterns) {
  const auto same = [](const Pattern& a, const Pattern& b) {
    const auto left = raw_segments(a.path);
    const auto right = raw_segments(b.path);
    return a.method == b.method && std::ranges::equal(left, right, [](std::string_view l, std::string_view r) {
             return is_parameter(l) || is_parameter(r) || equal_ignoring_case(l, r);
           });
  };
  std::vector<std::string> found;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    for (std::size_t j = i + 1; j < patterns.size(); ++j) {
      if (same(patterns[i], patterns[j])) {
        found.push_back(
            fmt::format("{} {} and {}", http::name(patterns[i].method), patterns[i].path, patterns[j].path));
      }
    }
  }
  return found;
}

}  // namespace quaymaster::api
