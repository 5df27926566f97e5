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

/// A secret that a request shows, and from where.
struct ShownSecret {
  std::string client_id;
  std::string secret;
  std::string peer;
};

/// What is known of it.
struct Proof {
  enum class State {
    none,       // nothing was shown
    right,      // `principal` is who it is
    wrong,      // or nobody has the client id
    throttled,  // not looked at: too many wrong ones came from there or for that principal
    busy,       // not looked at: too many are being looked at
    failed,     // the records cannot be read
  };
  State state = State::none;
  Principal principal;
  std::string cause;    // for the log, unless right
  Ticks wait{};         // when throttled or busy: how long until it may be tried again
  bool is_new = false;  // when throttled: the first refusal since the last secret that was looked at
};

/// Finds out whether secrets are right. The hash that costs what a guess should cost runs on a pool of its own, of one
/// thread or two, and behind a short queue: nothing else waits for it, and wrong secrets cannot take more of the
/// machine than these threads. A secret found right before is known from memory. Thread-safe.
class SecretCheck {
 public:
  static constexpr std::size_t kThreads = 2;
  static constexpr std::size_t kMostWaiting = 64;

  /// `pool` is for this alone; all outlive it.
  SecretCheck(Issuer& issuer, Clock& clock, ThreadPool& pool) : issuer_(issuer), pool_(pool), limit_(clock) {}

  /// On a connection's thread. `shown` lives until it is done.
  http::Task<Proof> check(const ShownSecret& shown);
  /// Wherever it is called, hash included.
  Proof check_here(const ShownSecret& shown);

  /// How often each state of a proof came, by its number.
  std::array<std::uint64_t, 6> counts() const;

 private:
  /// From memory, or a refusal to look.
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
