#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "drive/dock.h"

namespace quaymaster::drive {

DirectoryWatch::DirectoryWatch(const Path& directory, std::function<void()> changed) {
  events_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC);
  if (events_ < 0 || wake_ < 0 ||
      inotify_add_watch(events_, directory.c_str(), IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR) <
          0) {
    return;
  }
  thread_ = std::thread([this, changed = std::move(changed)] {
    std::array<pollfd, 2> waits = {pollfd{events_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
    alignas(inotify_event) std::array<char, 4096> events;
    while (true) {
      if (poll(waits.data(), waits.size(), -1) < 0) {
        continue;  // a signal
      }
      if (waits[1].revents != 0) {
        return;
      }
      while (read(events_, events.data(), events.size()) > 0) {
      }
      changed();
    }
  });
}

DirectoryWatch::~DirectoryWatch() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
    thread_.join();
  }
  for (const int fd : {events_, wake_}) {
    if (fd >= 0) {
      close(fd);
    }
  }
}

}  // namespace quaymaster::drive
