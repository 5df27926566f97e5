#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace quaymaster::standin {

/// Who keeps named states, for the admin plane. Answers are JSON. Every call blocks; those that exchange what the
/// server stands on wait until no request is in progress (Errc::busy: one stayed too long, nothing was done). Errors
/// besides: standin/places/state_files.h. Thread-safe.
class StateStore {
 public:
  virtual ~StateStore() = default;
  virtual Result<std::string> list_states() = 0;
  virtual Result<std::string> save_state(std::string_view name) = 0;
  virtual Result<std::string> load_state(std::string_view name) = 0;
  virtual Result<std::string> delete_state(std::string_view name) = 0;
  /// As after the first start: no records but those every server has, no faults, the machine's time, the seeds again.
  virtual Result<std::string> reset() = 0;
};

}  // namespace quaymaster::standin
