#pragma once

#include <string>
#include <string_view>

namespace quaymaster::identity {

/// What a refusal may repeat of a request, in its answer and in the log: a GUID or an address (https or api, host and
/// path alone). Everything else may be a secret in the wrong field, and is "(not shown)".
std::string shown(std::string_view text);

/// Does a text that is otherwise repeated hold a key or a signature: a connection string, or an address with a SAS?
bool holds_secret(std::string_view text);

}  // namespace quaymaster::identity
