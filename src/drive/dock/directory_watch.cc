#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/caught.h"
#include "drive/dock/dock.h"

namespace quaymaster::drive {

namespace {

/// Reads all pending events; returns the names that were moved in.
std::vector<std::string> read_events(int descriptor) {
  std::vector<std::string> moved_in;
  alignas(inotify_event) std::array<char, 4096> buffer;
  for (ssize_t size; (size = read(descriptor, buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      if ((event->mask & IN_MOVED_TO) != 0 && event->len > 0) {
        moved_in.emplace_back(event->name);  // padded with zero bytes
      }
      at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
    }
  }
  return moved_in;
}

}  // namespace

DirectoryWatch::DirectoryWatch(const Path& directory, Changed changed) {
  events_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC);
  if (events_ < 0 || wake_ < 0 ||
      inotify_add_watch(events_, directory.c_str(), IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR) <
          0) {
    return;
  }
  thread_ = std::thread([this, changed = std::move(changed)] {
    std::array<pollfd, 2> waits = {pollfd{events_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
    while (true) {
      if (poll(waits.data(), waits.size(), -1) < 0) {
        continue;  // interrupted by a signal
      }
      if (waits[1].revents != 0) {
        return;
      }
      contained([&] { changed(read_events(events_)); });
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
