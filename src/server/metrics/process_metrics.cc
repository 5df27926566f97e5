#include "server/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

namespace quaymaster::server {
namespace {

void resident(Metrics::Values& values) {
  std::uint64_t pages_of_all = 0;
  std::uint64_t pages = 0;
  if (std::ifstream("/proc/self/statm") >> pages_of_all >> pages) {
    values.emplace_back("", static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
}

void descriptors(Metrics::Values& values) {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  values.emplace_back("", count);
}

void cpu(Metrics::Values& values) {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    values.emplace_back("", seconds(usage.ru_utime) + seconds(usage.ru_stime));
  }
}

}  // namespace

void add_process_gauges(Metrics& metrics) {
  metrics.add_gauge("process_resident_memory_bytes", "Resident memory.", &resident);
  metrics.add_gauge("process_open_fds", "Open descriptors.", &descriptors);
  metrics.add_gauge("process_cpu_seconds", "User and system time so far.", &cpu);
}

}  // namespace quaymaster::server
