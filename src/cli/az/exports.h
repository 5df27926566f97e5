#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/common/client.h"

namespace quaymaster::cli {

/// A program that `quaymaster env --for` prepares a shell for, by the names that the option accepts.
struct ExportedClient {
  std::string_view name;
  std::string_view help;
};
std::span<const ExportedClient> exported_clients();

enum class Shell { sh, fish, powershell };
/// Errc::invalid: not one of them.
Result<Shell> parse_shell(std::string_view name);

/// A storage account for clients that only use the Blob service.
struct ExportedAccount {
  std::string name;
  std::string key;  // base64, as returned by listKeys
};

/// The addresses and credentials of a server for a client.
struct ExportSource {
  Connection connection;
  std::string blob;            // "http://127.0.0.1:10000"
  std::string storage_suffix;  // "localhost:8443"
  ExportedAccount account;     // empty name: none
  Path az_directory;
  std::string python_path;  // the caller's PYTHONPATH
  Path java_store;          // written by java_key_store
};

using Variables = std::vector<std::pair<std::string, std::string>>;

/// The variables of one client ("az"), or with "" of all that need no storage account. They hold secrets: they are for
/// the terminal of those who may read the data directory. Errc::invalid: no such client, or it needs an account.
/// Every client learns of addresses and authorities in its own way: clients.md, 2.
Result<Variables> exported_variables(const ExportSource& source, std::string_view client, Time now);

/// Can this restic be told an address? `version` is what `restic version` says. One before 0.16 cannot: it asks
/// 127.0.0.1:10000 for the emulator's account and Microsoft for every other. True where it is not understood.
bool restic_accepts_addresses(std::string_view version);

/// Lines that set the variables in a shell.
std::string export_lines(const Variables& variables, Shell shell);

/// `value` in single quotes for that shell.
std::string shell_quote(std::string_view value, Shell shell = Shell::sh);

/// Query of an account SAS that allows everything in the Blob service until `end`. Source: "Create an account SAS",
/// version 2020-02-10.
Result<std::string> account_sas(const ExportedAccount& account, Time end);

}  // namespace quaymaster::cli
