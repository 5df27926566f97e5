#include "cli/common/client.h"

#include <cstdlib>
#include <optional>

#include "base/encode.h"
#include "server/data/data_directory.h"
#include "server/settings/settings.h"
#include "standin/places/throwaway.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

struct Token {
  std::string access_token;
  static constexpr auto wire() { return wire::fields({wire::field<&Token::access_token>("access_token")}); }
};

struct ErrorDetail {
  std::string code, message;
  static constexpr auto wire() {
    return wire::fields({wire::field<&ErrorDetail::code>("code"), wire::field<&ErrorDetail::message>("message")});
  }
};
struct ErrorBody {
  ErrorDetail error;
  static constexpr auto wire() { return wire::fields({wire::field<&ErrorBody::error>("error")}); }
};

struct Suffixes {
  std::string storage;
  static constexpr auto wire() { return wire::fields({wire::field<&Suffixes::storage>("storage")}); }
};
struct Cloud {
  Suffixes suffixes;
  static constexpr auto wire() { return wire::fields({wire::field<&Cloud::suffixes>("suffixes")}); }
};

Errc kind_of(int status) {
  switch (status) {
    case 401:
      return Errc::unauthenticated;
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    default:
      return status >= 500 ? Errc::io : Errc::invalid;
  }
}

Error error_of(const HttpAnswer& answer) {
  const auto body = wire::parse_stored<ErrorBody>(answer.body);
  if (!body || body.value().error.code.empty()) {
    return Error(kind_of(answer.status), fmt::format("the server answered {}", answer.status));
  }
  return Error(kind_of(answer.status), fmt::format("{}: {}", body.value().error.code, body.value().error.message));
}

}  // namespace

Result<Path> server_directory(Disk& disk, const server::Settings& settings) {
  if (settings.data_given || disk.status(settings.data / "endpoints.json")) {
    return settings.data;
  }
  const auto running = server::running_throwaways();
  if (running.size() > 1) {
    std::string all;
    for (const auto& one : running) {
      all += fmt::format("\n  --data {}", one.native());
    }
    return conflict("several test servers are running; choose one:{}", all);
  }
  return running.empty() ? settings.data : running.front();
}

Result<Path> server_directory(const Arguments& arguments, Disk& disk,
                              const std::function<const char*(const char* name)>& environment) {
  const auto variable = [&](const char* name) {
    const char* const value = environment(name);
    return std::string(value == nullptr ? "" : value);
  };
  server::Values flags;
  const auto url = variable("QUAYMASTER_URL");
  if (arguments.has("data")) {
    flags.emplace("data", arguments.text("data"));
  } else if (!url.empty()) {
    const auto authority = variable("QUAYMASTER_CA");
    // The authority's file is in DATA/tls.
    const auto data = Path(authority.empty() ? variable("SSL_CERT_FILE") : authority).parent_path().parent_path();
    if (server::read_endpoints(disk, data)) {
      return data;  // perhaps at another address by now
    }
    return not_found(
        "this shell is set up for the server {}, which is not running on this machine; name the data directory of "
        "another one with --data, or unset QUAYMASTER_URL",
        url);
  }
  TRY(const auto settings, server::load(disk, flags, environment));
  return server_directory(disk, settings);
}

Result<Connection> connection_of(Disk& disk, const Path& data) {
  const auto endpoints = server::read_endpoints(disk, data);
  if (!endpoints) {
    if (endpoints.error().kind() != Errc::not_found) {
      return endpoints.error();
    }
    return not_found("no server is running on {}; start one with: quaymaster serve --data {}", data.native(),
                     data.native());
  }
  TRY(const auto administrator, server::read_administrator(disk, data));
  return Connection{endpoints.value().arm,          endpoints.value().authority, endpoints.value().tenant,
                    endpoints.value().subscription, administrator.client_id,     administrator.secret};
}

Result<Connection> connection_soon(Disk& disk, const Path& data, const std::function<bool(int)>& wait) {
  for (int times = 1;; ++times) {
    auto connection = connection_of(disk, data);
    if (connection || connection.error().kind() != Errc::not_found || !wait(times)) {
      return connection;
    }
  }
}

Result<Connection> find_connection(const Arguments& arguments, Disk& disk,
                                   const std::function<const char*(const char* name)>& environment) {
  const auto variable = [&](const char* name) {
    const char* const value = environment(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (!arguments.has("data") && !variable("QUAYMASTER_URL").empty()) {
    const auto authority = variable("QUAYMASTER_CA");
    Connection connection{variable("QUAYMASTER_URL"),  authority.empty() ? variable("SSL_CERT_FILE") : authority,
                          variable("AZURE_TENANT_ID"), variable("AZURE_SUBSCRIPTION_ID"),
                          variable("AZURE_CLIENT_ID"), variable("AZURE_CLIENT_SECRET")};
    if (connection.authority.empty() || connection.secret.empty() || connection.subscription.empty()) {
      return invalid("QUAYMASTER_URL is set, but other variables that `quaymaster env` prints are not");
    }
    return connection;
  }
  TRY(const auto data, server_directory(arguments, disk, environment));
  return connection_of(disk, data);
}

Result<std::string> storage_suffix_of(const Connection& connection) {
  TRY(const auto address, parse_address(connection.url));
  TRY(const auto answer,
      https_exchange(address, connection.authority, "GET", "/metadata/endpoints?api-version=2019-05-01", {}, ""));
  TRY(const auto clouds, wire::parse_stored<std::vector<Cloud>>(answer.body));
  if (clouds.empty() || clouds.front().suffixes.storage.empty()) {
    return corrupt("the server's metadata has no storage suffix");
  }
  return clouds.front().suffixes.storage;
}

Result<> Client::sign_in() {
  const auto form = fmt::format(
      "grant_type=client_credentials&client_id={}&client_secret={}&scope=https%3A%2F%2Fmanagement.azure.com%2F.default",
      percent_encode(connection_.client_id), percent_encode(connection_.secret));
  TRY(const auto address, parse_address(connection_.url));
  TRY(const auto answer,
      https_exchange(address, connection_.authority, "POST", fmt::format("/{}/oauth2/v2.0/token", connection_.tenant),
                     {"Content-Type: application/x-www-form-urlencoded"}, form));
  if (answer.status != 200) {
    return unauthenticated("the server issued no token for the client id {} (status {})", connection_.client_id,
                           answer.status);
  }
  TRY(auto token, wire::parse_stored<Token>(answer.body));
  if (token.access_token.empty() || token.access_token.find_first_of("\r\n") != std::string::npos) {
    return corrupt("the server's token response has no token");
  }
  token_ = std::move(token.access_token);
  return ok();
}

Result<std::string> Client::call(std::string_view method, const std::string& path, std::string_view body) {
  TRY(auto answer, exchange(method, path, body));
  return std::move(answer.body);
}

Result<HttpAnswer> Client::exchange(std::string_view method, const std::string& path, std::string_view body,
                                    const std::vector<std::string>& more_lines) {
  TRY(const auto address, parse_address(connection_.url));
  // The admin plane has no authentication (stand-in.md), and must be reachable while faults hit every sign-in.
  const bool is_open = path.starts_with("/_quaymaster/");
  for (const bool may_sign_in : {!is_open, false}) {
    std::vector<std::string> lines;
    if (!is_open) {
      if (token_.empty()) {
        TRY(sign_in());
      }
      lines.push_back("Authorization: Bearer " + token_);
    }
    if (!body.empty() || is_open) {  // the admin plane requires it for every change
      lines.emplace_back("Content-Type: application/json");
    }
    lines.insert(lines.end(), more_lines.begin(), more_lines.end());
    // A server of the test profile holds reads of work in progress; this shows progress meanwhile. The
    // first field counts, so a caller may say otherwise.
    lines.emplace_back("Prefer: wait=0");
    TRY(auto answer, https_exchange(address, connection_.authority, method, path, lines, body));
    if (answer.status == 401 && may_sign_in) {
      token_.clear();  // it may have expired during a watch
      continue;
    }
    constexpr int kNoSuchRange = 416;
    if (answer.status >= 400 && answer.status != kNoSuchRange) {
      return error_of(answer);
    }
    return answer;
  }
  return unauthenticated("the server does not accept its own token");
}

std::string segment_after(std::string_view id, std::string_view word) {
  const auto whole = fmt::format("/{}/", to_lower(word));
  const auto at = to_lower(id).find(whole);
  if (at == std::string::npos) {
    return {};
  }
  const auto rest = id.substr(at + whole.size());
  return std::string(rest.substr(0, rest.find('/')));
}

std::string path_of_link(std::string_view link) {
  const auto origin = link.find("://");
  const auto begin = origin == std::string_view::npos ? origin : link.find('/', origin + 3);
  return std::string(begin == std::string_view::npos ? std::string_view{} : link.substr(begin));
}

Result<Client> client_of(const Arguments& arguments) {
  SystemDisk disk;
  TRY(auto connection, find_connection(arguments, disk, [](const char* name) { return std::getenv(name); }));
  return Client(std::move(connection));
}

}  // namespace quaymaster::cli
