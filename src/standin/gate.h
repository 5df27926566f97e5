#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "http/message.h"

namespace quaymaster::standin {

/// Protects faces that may be replaced while the server runs. While it is closed, new requests wait; closing waits
/// until the requests inside have finished, including the last byte of their answers. Thread-safe.
class Gate {
 public:
  /// The protected faces; each must live until it is replaced.
  struct Faces {
    http::Handler* arm = nullptr;
    http::Handler* sign_in = nullptr;
    http::Handler* blob = nullptr;
  };
  Gate();

  /// The handlers for listeners, used instead of the faces. They live as long as the gate.
  Faces fronts();

  /// Blocks until no request is inside. Errc::busy: one still is after `patience`; the gate is open again.
  Result<> close(std::chrono::milliseconds patience);
  /// Opens the gate with new faces, or with the old ones.
  void open(Faces faces);

 private:
  enum class Side { arm, sign_in, blob };
  class Pass;
  class Front;
  class PassedSource;

  std::unique_ptr<Pass> enter();  // null while the gate is closed
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
