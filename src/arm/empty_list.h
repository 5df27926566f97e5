#pragma once

#include "arm/operation.h"
#include "arm/paging.h"

namespace quaymaster::arm {

/// Resources that this server never has: locks, policies, deployments, disk snapshots.
struct Nothing {
  static constexpr auto wire() { return wire::Fields<0>{}; }
};

/// The handler of rows that list such resources: clients that only list them get a correct, empty list.
inline Result<Reply<Page<Nothing>>> list_nothing(Context&) {
  return Reply<Page<Nothing>>{200, {}, {}};
}

}  // namespace quaymaster::arm
