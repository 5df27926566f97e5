#pragma once

#include <string_view>

#include "http/message.h"
#include "identity/issuer.h"

namespace quaymaster::identity {

/// What clients ask Microsoft Graph 1.0 to give a role to somebody or to name who has one: service principals by id,
/// client id or name, and that there are no users or groups. Read-only; whoever has a token for this server may ask, as
/// members of an Entra ID tenant may. Thread-safe.
/// Source: learn.microsoft.com/graph/api, servicePrincipal and directoryObject; the filters are those that az sends.
class Graph {
 public:
  explicit Graph(Issuer& issuer) : issuer_(issuer) {}

  /// Is this one of its addresses ("/v1.0/…")?
  static bool owns(const http::Request& request);
  /// Reads the records: call it off the network threads.
  http::Reply answer(const http::Request& request, std::string_view body);

 private:
  http::Reply find(const http::Request& request);
  http::Reply get(std::string_view id);
  http::Reply by_ids(const http::Request& request, std::string_view body);

  Issuer& issuer_;
};

}  // namespace quaymaster::identity
