#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace quaymaster::http {

class Connection;
class Worker;

/// One connection of a port as all threads may see it.
struct Guest {
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  std::string address;    // what counts as one peer
  bool reserved = false;  // came in beyond the limits: only what is vital is answered
  Worker* worker = nullptr;
  Connection* connection = nullptr;  // of the worker's thread; null before and after

  // Written by the worker's thread.
  std::atomic<double> waits_since{kNever};  // for its peer to send or take something; kNever: it does not wait
  std::atomic<bool> idle{false};            // waits between two requests

  // Admission's.
  bool counted = true;
  std::list<std::shared_ptr<Guest>>::iterator place;
};

/// Who may be connected to one port, so that nobody is shut out by peers that are slow or idle. When all places are
/// taken, or all that one address may have, the connection goes that has waited longest for its peer: one between two
/// requests at once, another after kPatience. When there is none, the newcomer gets one of a few reserved places, on
/// which only vital requests (Handler::is_vital) are answered and all others told to come again. Thread-safe.
class Admission {
 public:
  struct Limits {
    std::size_t connections = 0;
    std::size_t per_address = 0;
    std::size_t reserved = 64;
  };
  /// A connection that makes its peer wait less than this is left alone.
  static constexpr double kPatience = 5;

  struct Entry {
    std::shared_ptr<Guest> guest;    // null: not even a reserved place is free
    std::shared_ptr<Guest> evicted;  // to be cut by its own worker; counted no longer. May be null
  };

  explicit Admission(const Limits& limits) : limits_(limits) {}

  /// `now`: on steady_seconds().
  Entry enter(Worker* worker, std::string_view peer, double now);
  void leave(Guest& guest);

  /// "2001:db8:1:2::/64" of "2001:db8:1:2:3::4", since who has one address of it has all; an IPv4 address is itself.
  static std::string address_of(std::string_view peer);

 private:
  template <class Fits>
  std::shared_ptr<Guest> longest_waiting(Fits fits, double now, double patience) const;
  std::shared_ptr<Guest> reserved_to_evict(std::string_view newcomer, double now) const;
  void remove(Guest& guest);

  const Limits limits_;
  std::mutex mutex_;
  std::list<std::shared_ptr<Guest>> guests_;
  std::size_t regular_ = 0;
  std::map<std::string, std::size_t, std::less<>> of_address_;
  std::size_t reserved_ = 0;
};

}  // namespace quaymaster::http
