#include "cli/exports.h"

#include "server/data_directory.h"

namespace quaymaster::cli {

std::string shell_quote(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

Result<std::string> exports(Disk& disk, const Path& data) {
  const auto endpoints = server::read_endpoints(disk, data);
  if (!endpoints) {
    if (endpoints.error().kind() != Errc::not_found) {
      return endpoints.error();
    }
    return not_found("no server is running on {}; start one with: quaymaster serve --data {}", data.native(),
                     data.native());
  }
  TRY(const auto administrator, server::read_administrator(disk, data));
  const auto& server = endpoints.value();
  const std::pair<const char*, const std::string&> variables[] = {
      {"QUAYMASTER_URL", server.arm},
      {"QUAYMASTER_BLOB_URL", server.blob},
      {"AZURE_AUTHORITY_HOST", server.arm},
      {"AZURE_TENANT_ID", server.tenant},
      {"AZURE_SUBSCRIPTION_ID", server.subscription},
      {"AZURE_CLIENT_ID", administrator.client_id},
      {"AZURE_CLIENT_SECRET", administrator.secret},
      // Every client learns of an authority in its own way (clients.md, 2).
      {"SSL_CERT_FILE", server.authority},
      {"REQUESTS_CA_BUNDLE", server.authority},
      {"NODE_EXTRA_CA_CERTS", server.authority},
  };
  std::string text;
  for (const auto& [name, value] : variables) {
    text += fmt::format("export {}={}\n", name, shell_quote(value));
  }
  return text;
}

}  // namespace quaymaster::cli
