#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guid.h"
#include "identity/principals/principal.h"

namespace quaymaster::identity {

/// Sign-ins that are completed on another device (RFC 8628). Kept in memory: a restart ends those in progress, and
/// their clients start again. At most 1,000 at a time and 100 per network, beyond which a new one replaces that
/// network's oldest; when all are in use, it replaces the oldest of the network with the most. A network that requests
/// many therefore only displaces its own. Thread-safe.
class DeviceCodes {
 public:
  static constexpr std::chrono::minutes kLife{15};

  struct Started {
    std::string device_code;  // the client's secret
    std::string user_code;    // eight letters and digits for a person to type
  };
  DeviceCodes(Clock& clock, RandomSource& random) : clock_(clock), random_(random) {}

  /// `resource` is what the token will be for, unless the poll says otherwise. `network`: of the client, see
  /// network_of.
  Started start(std::string client_id, std::string resource, std::string network);

  enum class State { unknown, expired, pending, approved };
  struct Polled {
    State state;
    Principal principal;  // set when approved
    std::string resource;
  };
  /// An approved code is redeemed once.
  Polled poll(std::string_view device_code, std::string_view client_id);
  /// False: no such code, or it has expired. The user code in any case, with or without a hyphen.
  bool approve(std::string_view user_code, Principal principal);

 private:
  struct Entry {
    std::string client_id;
    std::string resource;
    std::string user_code;
    std::string network;
    Time end;
    std::optional<Principal> principal;
  };
  void make_room(const std::string& network);
  void remove_oldest_of(const std::string& network);

  Clock& clock_;
  RandomSource& random_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;  // by device code
};

}  // namespace quaymaster::identity
