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

/// One connection of a port, as seen by all threads.
struct Guest {
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  std::string address;    // the key by which connections count as one peer
  bool reserved = false;  // accepted beyond the limits: only vital requests are answered
  Worker* worker = nullptr;
  Connection* connection = nullptr;  // owned by the worker's thread; null before and after

  // Written by the worker's thread.
  std::atomic<double> waits_since{
      kNever};  // since when it waits for its peer to send or take something; kNever: it does not wait
  std::atomic<bool> idle{false};  // waiting between two requests

  // Written by Admission.
  bool counted = true;
  std::list<std::shared_ptr<Guest>>::iterator place;
};

/// Decides which connections one port keeps, so that slow or idle peers cannot shut others out. When all places are
/// taken, or all that one address may have, the connection that has waited longest for its peer is closed: between two
/// requests at once, otherwise only after kPatience. If there is none, the new connection gets one of a few reserved
/// places, where only vital requests (Handler::is_vital) are answered and all others get 503. Thread-safe.
class Admission {
 public:
  struct Limits {
    std::size_t connections = 0;
    std::size_t per_address = 0;
    std::size_t reserved = 64;
  };
  /// A connection that has waited less than this for its peer is not closed.
  static constexpr double kPatience = 5;

  struct Entry {
    std::shared_ptr<Guest> guest;    // null: not even a reserved place is free
    std::shared_ptr<Guest> evicted;  // to be cut by its own worker; no longer counted. May be null
  };

  explicit Admission(const Limits& limits) : limits_(limits) {}

  /// `now`: on steady_seconds().
  Entry enter(Worker* worker, std::string_view peer, double now);
  void leave(Guest& guest);

  /// "2001:db8:1:2::/64" for "2001:db8:1:2:3::4", since a host with one address of a /64 has all of them; an IPv4
  /// address is unchanged.
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
