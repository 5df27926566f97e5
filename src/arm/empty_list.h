#pragma once

#include "arm/operation.h"
#include "arm/paging.h"

namespace quaymaster::arm {

/// What this server never has any of: locks, policies, deployments, snapshots of disks.
struct Nothing {
  static constexpr auto wire() { return wire::Fields<0>{}; }
};

/// The handler of rows that list such things: clients that only look get the truth, an empty list.
inline Result<Reply<Page<Nothing>>> list_nothing(Context&) {
  return Reply<Page<Nothing>>{200, {}, {}};
}

}  // namespace quaymaster::arm
