#include <netdb.h>

#include <cstdlib>

#include "base/clock.h"
#include "cli/az/az_home.h"
#include "cli/az/commands.h"
#include "cli/az/exports.h"
#include "cli/az/java_key_store.h"
#include "cli/common/child.h"
#include "cli/common/list_all.h"
#include "server/data/data_directory.h"
#include "server/settings/settings.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

/// The account that every test server has from the start.
constexpr std::string_view kTestAccount = "devstoreaccount1";

struct AccountView {
  std::string id, name;
  static constexpr auto wire() {
    return wire::fields({wire::field<&AccountView::id>("id"), wire::field<&AccountView::name>("name")});
  }
};
struct KeyView {
  std::string value;
  static constexpr auto wire() { return wire::fields({wire::field<&KeyView::value>("value")}); }
};
struct KeysView {
  std::vector<KeyView> keys;
  static constexpr auto wire() { return wire::fields({wire::field<&KeysView::keys>("keys")}); }
};

Result<ExportedAccount> find_account(const Connection& connection, const std::string& name) {
  constexpr std::string_view kVersion = "?api-version=2022-09-01";
  Client client(connection);
  TRY(const auto all, list_all<AccountView>(client, fmt::format("/subscriptions/{}/providers/Microsoft.Storage/"
                                                                "storageAccounts{}",
                                                                connection.subscription, kVersion)));
  for (const auto& account : all) {
    if (equal_ignoring_case(account.name, name)) {
      TRY(const auto answer, client.call("POST", fmt::format("{}/listKeys{}", account.id, kVersion)));
      TRY(const auto keys, wire::parse_stored<KeysView>(answer));
      if (keys.keys.empty()) {
        return forbidden("the storage account {} does not give out its keys", account.name);
      }
      return ExportedAccount{account.name, keys.keys.front().value};
    }
  }
  return not_found("there is no storage account \"{}\"", name);
}

/// Next to the certificate: every server has its own, even servers that share a tenant.
Result<Path> write_java_store(Disk& disk, const Path& authority, Time now) {
  TRY(const auto pem, read_file(disk, authority, kMiB));
  TRY(const auto store, java_key_store(as_text(pem), now));
  auto path = authority.parent_path() / "java-trust.jks";
  TRY(replace_file(disk, path, store));
  return path;
}

/// Has `quaymaster az login` registered the cloud there?
bool is_signed_in(Disk& disk, const Path& az_directory) {
  return disk.status(az_directory / "clouds.config").has_value();
}

/// restic before 0.16 always asks 127.0.0.1:10000 for devstoreaccount1, whatever its configuration.
bool is_for_every_restic(const server::Endpoints& endpoints, std::string_view account) {
  return account == kTestAccount && endpoints.blob_port == 10000 && endpoints.blob.starts_with("http://");
}

bool resolves(const std::string& host) {
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, nullptr, &found) != 0) {
    return false;
  }
  ::freeaddrinfo(found);
  return true;
}

/// Reports a limitation of this machine's restic that would otherwise appear only as a failure. Errc::invalid: it would
/// wait for Microsoft, silently and forever.
Result<> check_restic(const server::Endpoints& endpoints, const ExportSource& source, Terminal& terminal) {
  const auto version = child_output({"restic", "version"});
  if (version && restic_accepts_addresses(version.value())) {
    const auto& suffix = source.storage_suffix;
    const auto host = fmt::format("{}.blob.{}", source.account.name, suffix.substr(0, suffix.rfind(':')));
    if (!source.account.name.empty() && !resolves(host)) {
      terminal.err(fmt::format(
          "restic will connect to {}, a name that this machine cannot resolve: add a line for it to /etc/hosts\n",
          host));
    }
    return ok();
  }
  if (is_for_every_restic(endpoints, source.account.name)) {
    return ok();
  }
  if (!version) {
    terminal.err("restic before 0.16 cannot reach this server: it accepts no address\n");
    return ok();
  }
  return invalid(
      "{} accepts no address: it reaches only the account devstoreaccount1 of a test server on port 10000. Use that, "
      "or restic 0.16 or later",
      version.value().substr(0, version.value().find(" compiled")));
}

/// Waits up to ten seconds, with a message when it takes longer than one.
Result<Connection> connection_for_env(Disk& disk, const Path& data, Terminal& terminal) {
  SystemClock clock;
  return connection_soon(disk, data, [&](int times) {
    constexpr int kSome = 10;
    constexpr int kMost = 100;
    if (times == kSome) {
      terminal.err(fmt::format("waiting for a server on {}\n", data.native()));
    }
    clock.sleep_for(std::chrono::milliseconds(100), {});
    return times < kMost;
  });
}

std::vector<Option> env_options() {
  std::string clients;
  for (const auto& client : exported_clients()) {
    clients += fmt::format("{}{}", clients.empty() ? "" : ", ", client.name);
  }
  return {{Option::Kind::text, "data",
           "data directory of the running server (default: that of this shell's server, else as for serve)"},
          {Option::Kind::text, "for",
           fmt::format("client to print variables for: {} (default: those that many clients read)", clients)},
          {Option::Kind::text, "shell", "sh, fish or powershell (default: sh)"},
          {Option::Kind::text, "account",
           "storage account whose key is printed as well (default of a test server, if the client needs one: the "
           "emulator's account)"},
          {Option::Kind::text, "az-config", "configuration directory of az (default: as for `quaymaster az`)"}};
}

Result<int> env(const Arguments& arguments, Terminal& terminal) {
  const auto environment = [](const char* name) { return std::getenv(name); };
  SystemDisk disk;
  const auto now = SystemClock().now();
  TRY(const auto shell, parse_shell(arguments.text("shell", "sh")));
  ExportSource source;
  TRY(const auto data, server_directory(arguments, disk, environment));
  TRY(source.connection, connection_for_env(disk, data, terminal));
  TRY(const auto endpoints, server::read_endpoints(disk, data));
  source.blob = endpoints.blob;
  source.az_directory = arguments.text("az-config");
  if (source.az_directory.empty()) {
    TRY(source.az_directory, az_directory(environment, source.connection));
  }
  source.az_directory = std::filesystem::absolute(source.az_directory);
  const char* const python_path = environment("PYTHONPATH");
  source.python_path = python_path == nullptr ? "" : python_path;

  const auto client = arguments.text("for");
  auto account = arguments.text("account");
  const bool is_blob_client = client == "rclone" || client == "restic";
  if (account.empty() && is_blob_client && endpoints.profile == "test") {
    account = kTestAccount;
  }
  if (!account.empty()) {
    TRY(source.account, find_account(source.connection, account));
  }
  if (client == "restic") {
    TRY(source.storage_suffix, storage_suffix_of(source.connection));
    TRY(check_restic(endpoints, source, terminal));
  }
  if (client == "java") {
    TRY(source.java_store, write_java_store(disk, source.connection.authority, now));
  }
  TRY(const auto variables, exported_variables(source, client, now));
  terminal.out(export_lines(variables, shell));
  if (client == "az" && !is_signed_in(disk, source.az_directory)) {
    terminal.err("sign in with `quaymaster az login` first: a plain `az login` would ask Microsoft\n");
  }
  return 0;
}

constexpr Command kCommands[] = {
    {"env", "Print what a shell needs to connect: eval \"$(quaymaster env)\"", &env_options, &env},
};

}  // namespace

std::span<const Command> env_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
