#include "cli/az/az.h"

#include <algorithm>
#include <cstdlib>

#include "cli/az/az_home.h"
#include "cli/az/commands.h"

namespace quaymaster::cli {
namespace {

/// The cloud's name in az's list. Each configuration directory belongs to one server, so one name is enough.
constexpr std::string_view kCloud = "Quaymaster";

/// Options of a login that choose the identity: if one is given, we do not supply ours.
bool names_identity(const std::vector<std::string>& words) {
  static constexpr std::string_view kIdentityOptions[] = {
      "-u",         "--username", "-p",     "--password",        "--service-principal", "-i",
      "--identity", "-h",         "--help", "--use-device-code", "--federated-token"};
  return std::ranges::any_of(words, [](std::string_view word) {
    return std::ranges::find(kIdentityOptions, word.substr(0, word.find('='))) != std::end(kIdentityOptions);
  });
}

}  // namespace

std::vector<std::pair<std::string, std::string>> az_variables(const Connection& connection, const Path& directory,
                                                              std::string_view python_path) {
  auto python = az_python(directory).native();
  if (python_path.starts_with(python)) {  // from `quaymaster env`, in the same shell
    python = python_path;
  } else if (!python_path.empty()) {
    python += fmt::format(":{}", python_path);
  }
  return {
      {"AZURE_CONFIG_DIR", directory.native()},
      {"REQUESTS_CA_BUNDLE", connection.authority},
      {"PYTHONPATH", python},
      {"AZURE_CORE_COLLECT_TELEMETRY", "no"},
      {"AZURE_CORE_INSTANCE_DISCOVERY", "false"},  // unknown to az 2.45, which does not need it (doc/clients.md)
      {"AZURE_EXTENSION_USE_DYNAMIC_INSTALL", "no"},
  };
}

Invocation AzRunner::invocation(std::vector<std::string> words) const {
  words.insert(words.begin(), "az");
  return {std::move(words), az_variables(connection, directory, python_path), ""};
}

Result<int> AzRunner::operator()(Disk& disk, const std::vector<std::string>& words) const {
  TRY(make_az_directory(disk, directory));
  auto code = words.empty() || words.front() != "login" ? run(invocation(words)) : login(disk, words);
  if (!code && code.error().kind() == Errc::not_found) {
    return std::move(code).error().because("install the Azure CLI: apt install azure-cli, or pip install azure-cli");
  }
  return code;
}

Result<int> AzRunner::login(Disk& disk, const std::vector<std::string>& words) const {
  TRY(const auto suffix, storage_suffix(connection));
  // az caches the sign-in addresses across commands; the server's may have changed since (clients.md, 3.3).
  if (const auto removed = disk.remove(directory / "msal_http_cache.bin");
      !removed && removed.error().kind() != Errc::not_found) {
    return removed.error();
  }
  const auto known = read_file(disk, directory / "clouds.config", kMiB);
  const bool is_known = known && as_text(known.value()).find(fmt::format("[{}]", kCloud)) != std::string_view::npos;
  for (auto& step : {std::vector<std::string>{
                         "cloud", is_known ? "update" : "register", "--name", std::string(kCloud),
                         "--endpoint-resource-manager", connection.url, "--endpoint-active-directory",
                         connection.url + "/adfs", "--endpoint-active-directory-resource-id", connection.url + "/",
                         "--endpoint-active-directory-graph-resource-id", connection.url + "/", "--endpoint-gallery",
                         connection.url + "/", "--suffix-storage-endpoint", suffix, "--only-show-errors"},
                     std::vector<std::string>{"cloud", "set", "--name", std::string(kCloud), "--only-show-errors"}}) {
    TRY(const int code, run(invocation(step)));
    if (code != 0) {
      return code;
    }
  }
  auto all = words;
  std::string secret;
  if (!names_identity(words)) {
    // "@-": az reads the secret from its input, so that it is not visible in the machine's process list.
    for (const std::string& word :
         {std::string("--service-principal"), std::string("--username"), connection.client_id,
          std::string("--password"), std::string("@-"), std::string("--tenant"), connection.tenant}) {
      all.push_back(word);
    }
    secret = connection.secret;
  }
  auto last = invocation(std::move(all));
  last.input = std::move(secret);
  return run(last);
}

namespace {

std::vector<Option> az_options() {
  std::vector<Option> options{
      {Option::Kind::text, "config",
       "configuration directory of az (default: one per server, under ~/.local/state/quaymaster/az)"},
      {Option::Kind::rest, "ARGS", "arguments for az, after all options of quaymaster: login, backup job list …"}};
  add_connection_options(options);
  return options;
}

Result<int> az(const Arguments& arguments, Terminal&) {
  const auto environment = [](const char* name) { return std::getenv(name); };
  SystemDisk disk;
  TRY(auto connection, find_connection(arguments, disk, environment));
  Path directory(arguments.text("config"));
  if (directory.empty()) {
    TRY(directory, az_directory(environment, connection));
  }
  AzRunner runner;
  runner.directory = std::filesystem::absolute(directory);
  const char* const python_path = environment("PYTHONPATH");
  runner.python_path = python_path == nullptr ? "" : python_path;
  runner.connection = std::move(connection);
  return runner(disk, arguments.list("ARGS"));
}

constexpr Command kCommands[] = {
    {"az", "Run the Azure CLI against this server, with its own configuration; `az login` first", &az_options, &az},
};

}  // namespace

std::span<const Command> az_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
