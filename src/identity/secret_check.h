#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/thread_pool.h"
#include "http/task.h"
#include "identity/issuer.h"
#include "identity/principals/guess_limit.h"
#include "identity/principals/principal.h"

namespace quaymaster::identity {

/// A secret presented by a request, and where it came from.
struct ShownSecret {
  std::string client_id;
  std::string secret;
  std::string peer;
};

/// The result of checking it.
struct Proof {
  enum class State {
    none,       // no secret was presented
    right,      // `principal` is who it is
    wrong,      // or no such client id
    throttled,  // not checked: too many wrong ones from that network or for that principal
    busy,       // not checked: too many checks are in progress
    failed,     // the records cannot be read
  };
  State state = State::none;
  Principal principal;
  std::string cause;    // for the log, unless right
  Ticks wait{};         // when throttled or busy: how long until it may be retried
  bool is_new = false;  // when throttled: the first refusal since the last secret that was checked
};

/// Checks secrets. The deliberately expensive hash runs on a dedicated pool of one or two threads behind a short queue:
/// nothing else waits for it, and wrong secrets cannot use more of the machine than these threads. A secret accepted
/// before is recognized from memory. Thread-safe.
class SecretCheck {
 public:
  static constexpr std::size_t kThreads = 2;
  static constexpr std::size_t kMostWaiting = 64;

  /// `pool` is used for nothing else; all arguments must outlive this object.
  SecretCheck(Issuer& issuer, Clock& clock, ThreadPool& pool) : issuer_(issuer), pool_(pool), limit_(clock) {}

  /// Called on a connection's thread. `shown` must live until it completes.
  http::Task<Proof> check(const ShownSecret& shown);
  /// Runs on the calling thread, including the hash.
  Proof check_here(const ShownSecret& shown);

  /// How often each proof state occurred, indexed by its number.
  std::array<std::uint64_t, 6> counts() const;

 private:
  /// Answers from memory, or refuses to check.
  std::optional<Proof> settled(const ShownSecret& shown);
  Proof looked_at(const ShownSecret& shown);
  Proof counted(Proof proof);
  std::string known_client(const ShownSecret& shown) const;

  Issuer& issuer_;
  ThreadPool& pool_;
  GuessLimit limit_;
  std::atomic<std::size_t> waiting_ = 0;
  std::array<std::atomic<std::uint64_t>, 6> counts_{};
};

}  // namespace quaymaster::identity
