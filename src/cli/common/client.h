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

/// How to reach a server and as whom.
struct Connection {
  std::string url;        // "https://localhost:8443"
  std::string authority;  // PEM file
  std::string tenant;
  std::string subscription;
  std::string client_id;
  std::string secret;
};

/// From the data directory that --data names; else from the variables that `quaymaster env` prints; else from the data
/// directory that a server would use. Errc::not_found with what to do next: no server runs there.
Result<Connection> find_connection(const Arguments& arguments, Disk& disk,
                                   const std::function<const char*(const char* name)>& environment);

/// Where the server that is meant keeps its data: the directory that was given; else the default one when a server runs
/// there; else that of the one test server that was given none. Errc::conflict: there are several of those.
Result<Path> server_directory(Disk& disk, const server::Settings& settings);

/// Where the server that a command means keeps its data: the directory that --data names; else that of the server whose
/// variables this shell has from `quaymaster env`; else as for serve. Errc::not_found, with what to do next: the
/// shell's server does not run on this machine.
Result<Path> server_directory(const Arguments& arguments, Disk& disk,
                              const std::function<const char*(const char* name)>& environment);

/// The server that runs on a data directory, as its administrator. Errc::not_found: none does.
Result<Connection> connection_of(Disk& disk, const Path& data);

/// The same of a server that may have been started a moment ago, since people paste both lines at once: while none runs
/// there, `wait` is called, with 1, 2, …, until it answers false.
Result<Connection> connection_soon(Disk& disk, const Path& data, const std::function<bool(int)>& wait);

/// What clients put behind "ACCOUNT.blob.": "localhost:8443", as the server describes itself.
Result<std::string> storage_suffix_of(const Connection& connection);

/// Resource Manager through its public API, as any client would: a token by client credentials, then JSON. Blocking.
class Client {
 public:
  explicit Client(Connection connection) : connection_(std::move(connection)) {}

  const Connection& connection() const { return connection_; }

  /// One request; `path` begins with "/" and may have a query. Asks for a token first, and again when it has run out,
  /// except for the admin plane of a test server, which takes none.
  /// An answer of 400 and above is an error that carries the server's code and message: Errc::not_found (404), conflict
  /// (409), unauthenticated (401), forbidden (403), invalid (other 4xx), io (5xx).
  Result<std::string> call(std::string_view method, const std::string& path, std::string_view body = "");
  /// The same with the answer's headers, and further header lines of the request. 416 is an answer, not an error.
  Result<HttpAnswer> exchange(std::string_view method, const std::string& path, std::string_view body = "",
                              const std::vector<std::string>& more_lines = {});

 private:
  Result<> sign_in();

  Connection connection_;
  std::string token_;
};

/// The path and query of an absolute address that an answer gave (nextLink); empty when it is none. A link is followed
/// on the server that gave it, whatever host it names.
std::string path_of_link(std::string_view link);

/// The part of a resource id after a fixed word, which compares without case: its group is behind "resourceGroups".
/// Empty when there is none.
std::string segment_after(std::string_view id, std::string_view word);

/// The server that the arguments and this process's environment name. Errors as find_connection.
Result<Client> client_of(const Arguments& arguments);

}  // namespace quaymaster::cli
