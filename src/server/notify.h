#pragma once

#include <string_view>

namespace quaymaster::server {

/// Reports the state of the process ("READY=1", "STOPPING=1") to the service manager that started it, if there is one
/// that expects it (NOTIFY_SOCKET is set). Source: sd_notify(3). A failure to report is logged, not an error.
/// `socket` is the variable's value; null when it is not set.
void notify_manager(const char* socket, std::string_view state);

}  // namespace quaymaster::server
