#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace quaymaster::standin {

/// Manages named states for the admin plane. Answers are JSON. Every call blocks; those that replace the server's data
/// wait until no request is in progress (Errc::busy: one took too long, nothing was done). Other errors:
/// standin/places/state_files.h. Thread-safe.
class StateStore {
 public:
  virtual ~StateStore() = default;
  virtual Result<std::string> list_states() = 0;
  virtual Result<std::string> save_state(std::string_view name) = 0;
  virtual Result<std::string> load_state(std::string_view name) = 0;
  virtual Result<std::string> delete_state(std::string_view name) = 0;
  /// Resets to the state after the first start: only the records every server has, no faults, the machine's time, and
  /// the seed again.
  virtual Result<std::string> reset() = 0;
};

}  // namespace quaymaster::standin
