#include "cli/az/exports.h"

#include <algorithm>
#include <charconv>

#include "base/digests/digest.h"
#include "base/encode.h"
#include "cli/az/az.h"

namespace quaymaster::cli {
namespace {

/// The lifetime of a SAS that is printed for a shell.
constexpr std::chrono::days kSasLife{7};
constexpr std::string_view kEmulatorAccount = "devstoreaccount1";

void add(Variables& variables, Variables more) {
  for (auto& one : more) {
    const auto same = std::ranges::find(variables, one.first, &std::pair<std::string, std::string>::first);
    if (same == variables.end()) {
      variables.push_back(std::move(one));
    }
  }
}

Variables trusted_by_openssl(const ExportSource& source) {
  return {{"SSL_CERT_FILE", source.connection.authority}};
}

Result<Variables> for_az(const ExportSource& source, Time) {
  return az_variables(source.connection, source.az_directory, source.python_path);
}

Result<Variables> for_python(const ExportSource& source, Time) {
  return Variables{{"REQUESTS_CA_BUNDLE", source.connection.authority}};
}

Result<Variables> for_node(const ExportSource& source, Time) {
  return Variables{{"NODE_EXTRA_CA_CERTS", source.connection.authority}};
}

/// .NET on Linux and Go.
Result<Variables> for_openssl(const ExportSource& source, Time) {
  return trusted_by_openssl(source);
}

Result<Variables> for_java(const ExportSource& source, Time) {
  // The virtual machine splits the text at blanks and removes quotes.
  return Variables{
      {"JAVA_TOOL_OPTIONS", fmt::format("-Djavax.net.ssl.trustStore=\"{}\" -Djavax.net.ssl.trustStoreType=JKS",
                                        source.java_store.native())}};
}

Result<Variables> for_terraform(const ExportSource& source, Time) {
  const auto& server = source.connection;
  auto variables = trusted_by_openssl(source);
  add(variables, {{"ARM_METADATA_HOSTNAME", server.url.substr(server.url.find("//") + 2)},
                  {"ARM_METADATA_HOST", server.url.substr(server.url.find("//") + 2)},
                  {"ARM_TENANT_ID", server.tenant},
                  {"ARM_SUBSCRIPTION_ID", server.subscription},
                  {"ARM_CLIENT_ID", server.client_id},
                  {"ARM_CLIENT_SECRET", server.secret},
                  {"ARM_SKIP_PROVIDER_REGISTRATION", "true"},         // azurerm 3
                  {"ARM_RESOURCE_PROVIDER_REGISTRATIONS", "none"}});  // azurerm 4
  return variables;
}

/// rclone 1.60 uses path-style addresses only for the emulator's account; for others it accepts a SAS address, whose
/// host must then be numeric (clients.md, 10.4).
Result<Variables> for_rclone(const ExportSource& source, Time now) {
  auto variables = trusted_by_openssl(source);
  add(variables, {{"RCLONE_CONFIG_QUAYMASTER_TYPE", "azureblob"}});
  const auto address = fmt::format("{}/{}", source.blob, source.account.name);
  if (source.account.name == kEmulatorAccount) {
    add(variables, {{"RCLONE_CONFIG_QUAYMASTER_USE_EMULATOR", "true"},
                    {"RCLONE_CONFIG_QUAYMASTER_ACCOUNT", source.account.name},
                    {"RCLONE_CONFIG_QUAYMASTER_KEY", source.account.key},
                    {"RCLONE_CONFIG_QUAYMASTER_ENDPOINT", address}});
    return variables;
  }
  TRY(const auto sas, account_sas(source.account, now + kSasLife));
  add(variables, {{"RCLONE_CONFIG_QUAYMASTER_SAS_URL", fmt::format("{}?{}", address, sas)}});
  return variables;
}

/// restic before 0.16 supports no address but the emulator's, port 10000; later ones accept the suffix (clients.md,
/// 10.5).
Result<Variables> for_restic(const ExportSource& source, Time) {
  auto variables = trusted_by_openssl(source);
  add(variables, {{"AZURE_ACCOUNT_NAME", source.account.name},
                  {"AZURE_ACCOUNT_KEY", source.account.key},
                  {"AZURE_ENDPOINT_SUFFIX", source.storage_suffix}});
  return variables;
}

/// The App Service form, which carries a secret; ours identifies a principal.
Result<Variables> for_managed_identity(const ExportSource& source, Time) {
  auto variables = trusted_by_openssl(source);
  add(variables, {{"REQUESTS_CA_BUNDLE", source.connection.authority},
                  {"NODE_EXTRA_CA_CERTS", source.connection.authority},
                  {"IDENTITY_ENDPOINT", source.connection.url + "/msi/token"},
                  {"IDENTITY_HEADER", fmt::format("{}:{}", source.connection.client_id, source.connection.secret)}});
  return variables;
}

struct ExportRecipe {
  ExportedClient client;
  bool needs_account;
  Result<Variables> (*variables)(const ExportSource& source, Time now);
};
constexpr ExportRecipe kRows[] = {
    {{"az", "Azure CLI"}, false, &for_az},
    {{"python", "azure-identity, azure-mgmt-*, azure-storage-blob"}, false, &for_python},
    {{"node", "@azure/*"}, false, &for_node},
    {{"dotnet", "Azure.* on Linux"}, false, &for_openssl},
    {{"go", "azure-sdk-for-go"}, false, &for_openssl},
    {{"java", "com.azure:*"}, false, &for_java},
    {{"terraform", "hashicorp/azurerm"}, false, &for_terraform},
    {{"rclone", "remote \"quaymaster:\""}, true, &for_rclone},
    {{"managed-identity", "ManagedIdentityCredential"}, false, &for_managed_identity},
    {{"restic", "azure:CONTAINER:/"}, true, &for_restic},
};
constexpr auto kClients = [] {
  std::array<ExportedClient, std::size(kRows)> clients{};
  std::ranges::transform(kRows, clients.begin(), &ExportRecipe::client);
  return clients;
}();
/// The clients included in "": those whose variables do not conflict.
constexpr std::string_view kTogether[] = {"az", "python", "node", "go"};

const ExportRecipe* find_row(std::string_view client) {
  const auto found = std::ranges::find_if(kRows, [&](const ExportRecipe& row) { return row.client.name == client; });
  return found == std::end(kRows) ? nullptr : &*found;
}

Variables account_variables(const ExportSource& source) {
  const auto address = fmt::format("{}/{}", source.blob, source.account.name);
  const auto scheme = source.blob.substr(0, source.blob.find(':'));
  return {{"AZURE_STORAGE_CONNECTION_STRING",
           fmt::format("DefaultEndpointsProtocol={};AccountName={};AccountKey={};BlobEndpoint={};", scheme,
                       source.account.name, source.account.key, address)}};
}

}  // namespace

std::span<const ExportedClient> exported_clients() {
  return kClients;
}

Result<Shell> parse_shell(std::string_view name) {
  if (name == "sh") {
    return Shell::sh;
  }
  if (name == "fish") {
    return Shell::fish;
  }
  if (name == "powershell" || name == "pwsh") {
    return Shell::powershell;
  }
  return invalid("--shell: \"{}\" is not one of sh, fish, powershell", name);
}

Result<Variables> exported_variables(const ExportSource& source, std::string_view client, Time now) {
  const auto& server = source.connection;
  Variables variables{
      {"QUAYMASTER_URL", server.url},        {"QUAYMASTER_BLOB_URL", source.blob},
      {"QUAYMASTER_CA", server.authority},   {"AZURE_AUTHORITY_HOST", server.url},
      {"AZURE_TENANT_ID", server.tenant},    {"AZURE_SUBSCRIPTION_ID", server.subscription},
      {"AZURE_CLIENT_ID", server.client_id}, {"AZURE_CLIENT_SECRET", server.secret},
  };
  std::vector<std::string_view> names(std::begin(kTogether), std::end(kTogether));
  if (!client.empty()) {
    names = {client};
  }
  for (const auto name : names) {
    const ExportRecipe* row = find_row(name);
    if (row == nullptr) {
      std::string known;
      for (const auto& one : kRows) {
        known += fmt::format("{}{}", known.empty() ? "" : ", ", one.client.name);
      }
      return invalid("--for: \"{}\" is not one of {}", name, known);
    }
    if (row->needs_account && source.account.name.empty()) {
      return invalid("{} uses only the Blob service: name a storage account with --account", name);
    }
    TRY(auto more, row->variables(source, now));
    add(variables, std::move(more));
    if (!source.account.name.empty() && !row->needs_account) {
      add(variables, account_variables(source));
    }
  }
  return variables;
}

std::string shell_quote(std::string_view value, Shell shell) {
  std::string quoted = "'";
  for (const char c : value) {
    if (shell == Shell::sh && c == '\'') {
      quoted += R"('\'')";
    } else if (shell == Shell::powershell && c == '\'') {
      quoted += "''";
    } else if (shell == Shell::fish && (c == '\'' || c == '\\')) {
      quoted += {'\\', c};
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

bool restic_accepts_addresses(std::string_view version) {
  constexpr std::string_view kBegin = "restic 0.";
  constexpr int kFirst = 16;
  if (!version.starts_with(kBegin)) {
    return true;
  }
  int minor = 0;
  const auto digits = version.substr(kBegin.size());
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  return read.ec != std::errc() || minor >= kFirst;
}

std::string export_lines(const Variables& variables, Shell shell) {
  std::string text;
  for (const auto& [name, value] : variables) {
    const auto quoted = shell_quote(value, shell);
    text += shell == Shell::sh     ? fmt::format("export {}={}\n", name, quoted)
            : shell == Shell::fish ? fmt::format("set -gx {} {}\n", name, quoted)
                                   : fmt::format("$env:{} = {}\n", name, quoted);
  }
  return text;
}

Result<std::string> account_sas(const ExportedAccount& account, Time end) {
  TRY(const auto key, decode_base64(account.key));
  constexpr std::string_view kPermissions = "rwdlacup";
  constexpr std::string_view kVersion = "2020-02-10";
  const auto expiry = fmt::format("{}Z", std::string_view(format_time(end)).substr(0, 19));
  // Account, permissions, services, resource types, start, end, addresses, protocols, version; each with a line feed.
  const auto to_sign =
      fmt::format("{}\n{}\nb\nsco\n\n{}\n\nhttps,http\n{}\n", account.name, kPermissions, expiry, kVersion);
  const auto signature = base64(hmac_sha256(key, as_bytes(to_sign)));
  return fmt::format("sv={}&ss=b&srt=sco&sp={}&se={}&spr=https,http&sig={}", kVersion, kPermissions,
                     percent_encode(expiry), percent_encode(signature));
}

}  // namespace quaymaster::cli
