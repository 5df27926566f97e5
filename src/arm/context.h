#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guid.h"
#include "http/request.h"
#include "identity/issuer.h"
#include "identity/principals/principal.h"
#include "store/database.h"

namespace quaymaster::arm {

class ResourceGroups;
struct Operation;
struct Provider;

/// One request, as a handler sees it. Everything outlives the handler's call; nothing outlives the answer.
struct Context {
  const Provider& provider;
  const Operation& operation;
  const http::Request& request;
  const identity::Principal& principal;
  identity::Issuer& issuer;  // for lists that are filtered by what the principal may see
  std::string api_version;   // checked: well-formed, not older than the row
  store::Database& database;
  Clock& clock;
  RandomSource& random;
  ResourceGroups& groups;
  Time now;          // read once, so that all times in one answer agree
  std::string base;  // "https://localhost:8443", as the client wrote it: the start of every link in a response
  std::string correlation_id;                    // the client's, or the request id
  std::optional<std::string> client_request_id;  // http/request_ids.h
  /// The request wrote /Subscriptions/: Azure Backup repeats that spelling in its ids (backup.md, 3).
  bool capital_subscriptions = false;
  /// The principal may not read the whole list, only parts that lie below: the rest is left out.
  bool partly_visible = false;

  /// A query parameter; its name compares without case. "$top", "$filter".
  std::optional<std::string_view> parameter(std::string_view name) const { return request.parameter(name); }
  /// Is the request's version `date` or newer? Dates compare as text; a preview counts as its date.
  bool since(std::string_view date) const { return std::string_view(api_version).substr(0, 10) >= date; }
  /// "/subscriptions/" or "/Subscriptions/", for providers that repeat the request's spelling.
  std::string_view subscriptions_prefix() const {
    return capital_subscriptions ? "/Subscriptions/" : "/subscriptions/";
  }
};

}  // namespace quaymaster::arm
