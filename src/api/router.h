#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace quaymaster::api {

/// A pattern for requests: a method and a path whose segments are fixed words or "{parameters}".
struct Pattern {
  http::Method method;
  std::string_view path;  // static storage; parameter names are returned as views into it
};

/// The result of looking up a path.
struct Match {
  enum class Kind {
    found,
    wrong_method,  // the path exists with other methods only
    unknown,
  };
  Kind kind = Kind::unknown;
  std::size_t row = 0;                                               // found: the index of the pattern
  std::vector<std::pair<std::string_view, std::string>> parameters;  // found: name and decoded value, in order
  std::vector<http::Method> allowed;                                 // wrong_method
};

/// Finds the one row of the operation tables that a request matches. Fixed words match without case; empty segments and
/// a trailing slash are ignored (az writes "providers/Microsoft.Compute//virtualMachines"); a parameter matches any one
/// segment, percent-decoded after the path was split. A segment that equals a fixed word of a row prefers that row. A
/// path that begins with "/{scope}/" belongs to an extension (role assignments): it matches after any path, including
/// the empty one, and is tried only when no other row matches; its parameter is that path, at least "/". Immutable once
/// built, thread-safe.
class Router {
 public:
  explicit Router(std::span<const Pattern> patterns);
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// `raw_path` as sent. Errc::invalid: as split_path.
  Result<Match> find(http::Method method, std::string_view raw_path) const;

 private:
  struct Node;
  struct Tail;
  using Names = std::vector<std::pair<std::size_t, std::string_view>>;  // segment and parameter
  std::unique_ptr<Node> root_;
  void find_tail(http::Method method, std::vector<std::string>& segments, const std::vector<std::string>& lowered,
                 Match& match) const;

  std::vector<Names> patterns_;
  std::vector<Tail> tails_;
};

/// The segments of a path as the router sees them: decoded, empty ones left out. Errc::invalid, with a cause that a
/// client may read: a malformed escape, or a segment that is not UTF-8 or has a character that is invisible or
/// misleading (controls, and those that change the direction of the text around them).
Result<std::vector<std::string>> split_path(std::string_view raw_path);

/// Pairs of patterns that one request could match, worded for a test's message; empty for a sound table.
std::vector<std::string> overlaps(std::span<const Pattern> patterns);

}  // namespace quaymaster::api
