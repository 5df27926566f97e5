#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace quaymaster {

void check(bool condition, std::source_location where) {
  if (condition) {
    return;
  }
  std::fprintf(stderr, "quaymaster: broken invariant at %s:%u in %s\n", where.file_name(), where.line(),
               where.function_name());
  std::abort();
}

}  // namespace quaymaster
