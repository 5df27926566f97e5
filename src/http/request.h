#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"

// A request's head as data, for all that does not meet the network: bodies and handlers are in message.h.
namespace quaymaster::http {

enum class Method { get, head, put, post, patch, del, options, other };
std::string_view name(Method method);

/// Header fields in order of arrival; names compare without case. Values are trimmed, never joined.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);  // replaces every field of that name
  /// The first value; nullopt when the field is absent (an empty value is present).
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  void clear() { fields_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// The name=value pairs of a query, decoded ("+" is a space), in order of arrival; names keep their case.
using Query = std::vector<std::pair<std::string, std::string>>;

/// A request's head. Owned by the session; outlives the handler's coroutine.
struct Request {
  Method method = Method::other;
  std::string method_text;  // as sent
  std::string raw_path;     // as sent, still percent-encoded, without the query: signatures cover it
  std::string raw_query;    // as sent, without "?"
  Query query;              // decoded; a malformed query never gets here (the session answers 400)
  Headers headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool secure = false;  // received over TLS
  std::string peer;     // address without port
  Guid id;              // new for every request
  Time received;

  /// The decoded value of a query parameter; its name compares without case.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

}  // namespace quaymaster::http
