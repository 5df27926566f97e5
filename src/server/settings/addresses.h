#pragma once

#include <cstdint>
#include <string>

#include "server/settings/settings.h"

namespace quaymaster::server {

/// "https://localhost:8443": the address of Resource Manager that clients are told.
std::string arm_address(const Settings& settings, std::uint16_t port);

/// "http://127.0.0.1:10000": the Blob service in path style. A numeric host unless one is configured, because SDKs take
/// a numeric host as path style by themselves (blob.md, 1.1).
std::string blob_address(const Settings& settings, std::uint16_t port);

/// "localhost:8443": what clients append to "ACCOUNT.blob." (clients.md, 3.1 and 4). It leads to a port with TLS.
std::string storage_suffix(const Settings& settings, std::uint16_t arm_port, std::uint16_t blob_port);

}  // namespace quaymaster::server
