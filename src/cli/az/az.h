#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/files/disk.h"
#include "cli/common/child.h"
#include "cli/common/client.h"

namespace quaymaster::cli {

/// What az needs in its environment to reach a server: its own configuration directory, trust in the server's
/// authority, and quiet about everything that is on the internet. `quaymaster env` prints the same. `python_path` is
/// the PYTHONPATH of the caller.
std::vector<std::pair<std::string, std::string>> az_variables(const Connection& connection, const Path& directory,
                                                              std::string_view python_path);

/// Runs az with `words` as the user `connection` names. `login` without its own credentials signs in as that
/// principal, after the server has been made az's current cloud; every other command goes to az as it stands.
struct AzRunner {
  Connection connection;
  Path directory;  // as created by az_home.h
  std::string python_path;
  std::function<Result<int>(const Invocation&)> run = &run_child;
  /// The suffix after an account's name, which `az cloud register` does not obtain from the server.
  std::function<Result<std::string>(const Connection&)> storage_suffix = &storage_suffix_of;

  /// az's exit code.
  Result<int> operator()(Disk& disk, const std::vector<std::string>& words) const;

 private:
  Result<int> login(Disk& disk, const std::vector<std::string>& words) const;
  Invocation invocation(std::vector<std::string> words) const;
};

}  // namespace quaymaster::cli
