#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace quaymaster::identity {

/// Limits how many wrong secrets are checked: from one network, and for one principal from everywhere. Each has a fixed
/// allowance and regains one guess per period; right secrets cost nothing. Networks from which a principal has signed
/// in are exempt from that principal's limit, so that wrong secrets from elsewhere do not lock it out.
///
/// Uses the given clock. Memory is bounded: each table has at most kMost entries; beyond that, expired entries are
/// dropped, otherwise the one that expires first (of the successful sign-ins the oldest). Thread-safe.
class GuessLimit {
 public:
  struct Allowance {
    int at_once;
    Ticks period;
  };
  static constexpr Allowance kOfNetwork{20, std::chrono::seconds{10}};
  static constexpr Allowance kOfPrincipal{100, std::chrono::seconds{2}};
  static constexpr std::size_t kMost = 4096;

  explicit GuessLimit(Clock& clock) : clock_(clock) {}

  struct Wait {
    Ticks left{};        // zero: the next secret may be checked now
    bool first = false;  // this is the first refusal since the last wrong secret
  };
  /// `network`: see network_of. `client`: the client id of an existing principal, in lower case; otherwise empty, and
  /// only the network counts.
  Wait wait(std::string_view client, std::string_view network);
  /// Records the result of a check.
  void wrong(std::string_view client, std::string_view network);
  void right(std::string_view client, std::string_view network);

  std::size_t networks() const;

 private:
  /// The wrong secrets of one network or principal, as the time at which all of them are worked off.
  struct Debt {
    Time end;
    bool reported = false;
  };
  using Debts = std::unordered_map<std::string, Debt>;
  Wait wait_of(Debts& debts, const std::string& key, const Allowance& allowance) const;
  void charge(Debts& debts, const std::string& key, const Allowance& allowance) const;

  Clock& clock_;
  mutable std::mutex mutex_;
  Debts networks_;
  Debts principals_;
  std::unordered_map<std::string, Time> proven_;  // client and network -> last success
};

}  // namespace quaymaster::identity
