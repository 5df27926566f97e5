#pragma once

#include <string_view>

#include "http/message.h"
#include "identity/issuer.h"

namespace quaymaster::identity {

/// The requests that clients send to Microsoft Graph 1.0 to assign a role or to show the name of its holder: service
/// principals by id, client id or name, and empty lists of users and groups. Read-only; any caller with a token for
/// this server may use it, as members of an Entra ID tenant may. Thread-safe.
/// Source: learn.microsoft.com/graph/api, servicePrincipal and directoryObject; the filters are those that az sends.
class Graph {
 public:
  explicit Graph(Issuer& issuer) : issuer_(issuer) {}

  /// Does the address ("/v1.0/…") belong to Graph?
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
