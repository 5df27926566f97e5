#pragma once

#include <string>
#include <string_view>

namespace quaymaster::identity {

/// The part of a request's value that a refusal may repeat, in its answer and in the log: a GUID or an address (https
/// or api, host and path only). Everything else may be a secret in the wrong field and is shown as "(not shown)".
std::string shown(std::string_view text);

/// Does otherwise harmless text contain a key or a signature: a connection string, or an address with a SAS?
bool holds_secret(std::string_view text);

}  // namespace quaymaster::identity
