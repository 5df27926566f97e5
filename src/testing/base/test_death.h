#pragma once

#include <signal.h>
#include <time.h>

#include <algorithm>
#include <chrono>

#include "base/check.h"

namespace quaymaster {

/// The kernel kills this process once it has used so much more processor time: an instant that no code chose.
inline void die_after(std::chrono::nanoseconds busy) {
  ::sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  ::timer_t timer{};
  check(::timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) == 0);
  ::itimerspec when{};
  when.it_value.tv_nsec = static_cast<long>(std::max<std::chrono::nanoseconds::rep>(1, busy.count()));  // 0 is never
  check(::timer_settime(timer, 0, &when, nullptr) == 0);
}

}  // namespace quaymaster
