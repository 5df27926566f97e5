#include "server/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/error.h"
#include "base/log.h"

namespace quaymaster::server {

void notify_manager(const char* socket, std::string_view state) {
  if (socket == nullptr || *socket == '\0') {
    return;
  }
  const std::string_view path(socket);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    log::warning("server", "NOTIFY_SOCKET is too long");
    return;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path.front() == '@') {
    address.sun_path[0] = '\0';  // an abstract socket
  }
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0 || ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                                 reinterpret_cast<const sockaddr*>(&address), length) < 0) {
    log::warning("server", "{}", system_error(errno, "tell the service manager").cause());
  }
  if (descriptor >= 0) {
    ::close(descriptor);
  }
}

}  // namespace quaymaster::server
