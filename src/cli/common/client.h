#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/files/disk.h"
#include "base/result.h"
#include "cli/common/command.h"
#include "cli/common/https.h"
#include "server/settings/settings.h"

namespace quaymaster::cli {

/// How to reach a server, and the credentials.
struct Connection {
  std::string url;        // "https://localhost:8443"
  std::string authority;  // PEM file
  std::string tenant;
  std::string subscription;
  std::string client_id;
  std::string secret;
};

/// From the data directory that --data names; else from the variables that `quaymaster env` prints; else from the data
/// directory that a server would use. Errc::not_found, with advice: no server runs there.
Result<Connection> find_connection(const Arguments& arguments, Disk& disk,
                                   const std::function<const char*(const char* name)>& environment);

/// The data directory of the server to use: the given directory; else the default one when a server runs there; else
/// that of the only running test server without a given directory. Errc::conflict: there are several of those.
Result<Path> server_directory(Disk& disk, const server::Settings& settings);

/// The data directory of the server that a command uses: the directory that --data names; else that of the server whose
/// variables this shell has from `quaymaster env`; else as for serve. Errc::not_found, with advice: the shell's server
/// does not run on this machine.
Result<Path> server_directory(const Arguments& arguments, Disk& disk,
                              const std::function<const char*(const char* name)>& environment);

/// The server that runs on a data directory, as its administrator. Errc::not_found: none does.
Result<Connection> connection_of(Disk& disk, const Path& data);

/// The same for a server that may have just been started, since people paste both commands at once: while none runs
/// there, calls `wait` with 1, 2, …, until it returns false.
Result<Connection> connection_soon(Disk& disk, const Path& data, const std::function<bool(int)>& wait);

/// What clients append to "ACCOUNT.blob.": "localhost:8443", as the server describes itself.
Result<std::string> storage_suffix_of(const Connection& connection);

/// Calls Resource Manager's public API like any client: a token by client credentials, then JSON. Blocking.
class Client {
 public:
  explicit Client(Connection connection) : connection_(std::move(connection)) {}

  const Connection& connection() const { return connection_; }

  /// Sends one request; `path` begins with "/" and may have a query. Requests a token first, and again when it has
  /// expired, except for the admin plane of a test server, which needs none.
  /// An answer of 400 or above is an error with the server's code and message: Errc::not_found (404), conflict (409),
  /// unauthenticated (401), forbidden (403), invalid (other 4xx), io (5xx).
  Result<std::string> call(std::string_view method, const std::string& path, std::string_view body = "");
  /// The same with the answer's headers, and additional request headers. 416 is an answer, not an error.
  Result<HttpAnswer> exchange(std::string_view method, const std::string& path, std::string_view body = "",
                              const std::vector<std::string>& more_lines = {});

 private:
  Result<> sign_in();

  Connection connection_;
  std::string token_;
};

/// The path and query of an absolute address in an answer (nextLink); empty when it is not one. A link is followed on
/// the server that sent it, whatever host it names.
std::string path_of_link(std::string_view link);

/// The part of a resource id after a fixed word, compared without case: the group is after "resourceGroups". Empty when
/// there is none.
std::string segment_after(std::string_view id, std::string_view word);

/// The server chosen by the arguments and this process's environment. Errors as find_connection.
Result<Client> client_of(const Arguments& arguments);

}  // namespace quaymaster::cli
