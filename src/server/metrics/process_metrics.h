#pragma once

#include "server/metrics/metrics.h"

namespace quaymaster::server {

/// Resident memory, open descriptors and seconds of CPU of this process, by the names that Prometheus clients use.
/// Source: "Writing client libraries", process metrics.
void add_process_gauges(Metrics& metrics);

}  // namespace quaymaster::server
