#pragma once

#include <string_view>

namespace quaymaster::server {

/// Tells the service manager that started this process how it is ("READY=1", "STOPPING=1"), when there is one that
/// wants to know (NOTIFY_SOCKET is set). Source: sd_notify(3). A manager that cannot be told is logged, not an error.
/// `socket` is the variable's value; null when it is not set.
void notify_manager(const char* socket, std::string_view state);

}  // namespace quaymaster::server
