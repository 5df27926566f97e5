#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "http/message.h"

namespace quaymaster::standin {

/// Stands before faces that may be exchanged while the server runs. Closed, it lets nobody in: requests wait, those
/// inside are waited for, to the last byte of their answers. Thread-safe.
class Gate {
 public:
  /// The faces behind it; each outlives the time until they are replaced.
  struct Faces {
    http::Handler* arm = nullptr;
    http::Handler* sign_in = nullptr;
    http::Handler* blob = nullptr;
  };
  Gate();

  /// What a listener asks instead of the faces. They live as long as the gate.
  Faces fronts();

  /// Blocks until nobody is inside. Errc::busy: somebody still is after `patience`; the gate is open again.
  Result<> close(std::chrono::milliseconds patience);
  /// New faces, or the old ones again.
  void open(Faces faces);

 private:
  enum class Side { arm, sign_in, blob };
  class Pass;
  class Front;
  class PassedSource;

  std::unique_ptr<Pass> enter();  // null while it is closed
  void leave();
  http::Handler* face(Side side);

  std::mutex mutex_;
  std::condition_variable left_;
  bool closed_ = true;
  std::size_t inside_ = 0;
  Faces faces_;
  std::array<std::unique_ptr<http::Handler>, 3> fronts_;
};

}  // namespace quaymaster::standin
