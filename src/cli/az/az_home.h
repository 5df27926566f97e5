#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/files/disk.h"
#include "base/result.h"
#include "cli/common/client.h"

namespace quaymaster::cli {

/// Looks a variable up, as std::getenv does.
using Environment = std::function<const char*(const char* name)>;

/// The configuration directory of the Azure CLI for one server: "$XDG_STATE_HOME/quaymaster/az/TENANT-DIGEST", by
/// default below "~/.local/state". The digest is of where the server's authority lies, since all test servers are of
/// one tenant and signing in to one must not sign the shells of another out. The user's own ~/.azure is never touched.
/// Errc::invalid: neither variable is set.
Result<Path> az_directory(const Environment& environment, const Connection& connection);

/// What a configuration directory holds before az has seen it: nobody but its owner may read it (az keeps the client
/// secret there), and its Python folder (below) is as this version of the program wants it. Durable on return.
Result<> make_az_directory(Disk& disk, const Path& directory);

/// Goes on PYTHONPATH of every az: a module that makes up for a defect of Debian 12's azure-cli, which asks the
/// installed Python library for a version of Microsoft.Compute that it does not have, and for what az expects of every
/// cloud (doc/clients.md).
Path az_python(const Path& directory);

}  // namespace quaymaster::cli
