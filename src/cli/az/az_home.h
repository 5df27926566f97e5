#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/files/disk.h"
#include "base/result.h"
#include "cli/common/client.h"

namespace quaymaster::cli {

/// Looks up an environment variable, like std::getenv.
using Environment = std::function<const char*(const char* name)>;

/// The configuration directory of the Azure CLI for one server: "$XDG_STATE_HOME/quaymaster/az/TENANT-DIGEST", by
/// default below "~/.local/state". The digest is of the path of the server's authority: all test servers share one
/// tenant, and signing in to one must not sign out shells that use another. The user's own ~/.azure is never touched.
/// Errc::invalid: neither variable is set.
Result<Path> az_directory(const Environment& environment, const Connection& connection);

/// Prepares a configuration directory before az uses it: readable by its owner only (az stores the client secret
/// there), with its Python folder (below) as required by this version of the program. Durable on return.
Result<> make_az_directory(Disk& disk, const Path& directory);

/// Added to PYTHONPATH of every az: a module that works around a defect of Debian 12's azure-cli, which asks the
/// installed Python library for a version of Microsoft.Compute that it does not have, and supplies what az expects of
/// every cloud (doc/clients.md).
Path az_python(const Path& directory);

}  // namespace quaymaster::cli
