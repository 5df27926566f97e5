#include "server/data/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.h"

namespace quaymaster::server {
namespace {

constexpr std::size_t kForFiles = 512;  // records, extents, packs, drives; connections accepted but not admitted yet

}  // namespace

std::size_t connections_with_descriptors(std::size_t wanted) {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return wanted;
  }
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto files = static_cast<std::size_t>(limit.rlim_cur);
  const auto possible = std::max<std::size_t>(1, (files - std::min(files, kForFiles)) / 2);
  if (possible < wanted) {
    log::warning("server",
                 "{} open files are allowed, enough for {} connections per port, but not for {}: raise LimitNOFILE",
                 files, possible, wanted);
  }
  return std::min(possible, wanted);
}

}  // namespace quaymaster::server
