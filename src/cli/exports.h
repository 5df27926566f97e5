#pragma once

#include <string>

#include "base/disk.h"
#include "base/result.h"

namespace quaymaster::cli {

/// Lines of `export NAME='value'` for a POSIX shell: what the clients of clients.md read to reach the server that runs
/// on the data directory. It holds the administrator's secret: it is for the terminal of whoever may read that
/// directory. Errc::not_found with what to do next: no server runs there.
Result<std::string> exports(Disk& disk, const Path& data);

/// `value` in single quotes.
std::string shell_quote(std::string_view value);

}  // namespace quaymaster::cli
