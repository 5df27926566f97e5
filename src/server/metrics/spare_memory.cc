#include "server/metrics/spare_memory.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

#include "base/bytes.h"
#include "base/caught.h"

namespace quaymaster::server {
namespace {

constexpr std::size_t kMuch = 32 * kMiB;
constexpr std::chrono::seconds kLook{10};

/// Heap and stacks only: memory mapped from files is not the allocator's. Source: proc(5), /proc/pid/status.
std::size_t anonymous_resident() {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name; status.ignore(256, '\n')) {
    if (name == "RssAnon:") {
      std::size_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes * kKiB;
    }
  }
  return 0;
}

}  // namespace

std::size_t spare_memory() {
  const auto heap = ::mallinfo2();
  const auto used = heap.uordblks + heap.hblkhd;
  const auto resident = anonymous_resident();
  return resident - std::min(resident, used);
}

bool give_back_spare_memory() {
  return spare_memory() > kMuch && ::malloc_trim(0) == 1;
}

void keep_memory_small(Clock& clock, const std::stop_token& stop) {
  while (clock.sleep_for(std::chrono::duration_cast<Ticks>(kLook), stop)) {
    contained([] { give_back_spare_memory(); });
  }
}

}  // namespace quaymaster::server
