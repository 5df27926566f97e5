#pragma once

#include <signal.h>
#include <time.h>

#include <algorithm>
#include <chrono>

#include "base/check.h"

namespace quaymaster {

/// Makes the kernel kill this process after it has used this much more processor time: at a point that no code chose.
inline void die_after(std::chrono::nanoseconds busy) {
  ::sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  ::timer_t timer{};
  check(::timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) == 0);
  ::itimerspec when{};
  when.it_value.tv_nsec =
      static_cast<long>(std::max<std::chrono::nanoseconds::rep>(1, busy.count()));  // 0 would disarm it
  check(::timer_settime(timer, 0, &when, nullptr) == 0);
}

}  // namespace quaymaster
