#include "http/server/admission.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace quaymaster::http {

std::string Admission::address_of(std::string_view peer) {
  namespace ip = boost::asio::ip;
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(peer), error);
  if (error || address.is_v4()) {
    return std::string(peer);
  }
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  }
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return ip::address_v6(bytes).to_string() + "/64";
}

Admission::Entry Admission::enter(Worker* worker, std::string_view peer, double now) {
  Entry entry;
  entry.guest = std::make_shared<Guest>();
  auto& guest = *entry.guest;
  guest.address = address_of(peer);
  guest.worker = worker;
  guest.waits_since = now;  // for the first byte

  const std::lock_guard lock(mutex_);
  const auto known = of_address_.find(guest.address);
  const bool has_share = known == of_address_.end() || known->second < limits_.per_address;
  if (!has_share) {
    entry.evicted = longest_waiting([&](const Guest& one) { return !one.reserved && one.address == guest.address; },
                                    now, kPatience);
  } else if (regular_ >= limits_.connections) {
    entry.evicted = longest_waiting([](const Guest& one) { return !one.reserved; }, now, kPatience);
  }
  guest.reserved = !entry.evicted && (!has_share || regular_ >= limits_.connections);
  if (guest.reserved && reserved_ >= limits_.reserved) {
    entry.evicted = reserved_to_evict(guest.address, now);
    if (!entry.evicted) {
      entry.guest = nullptr;
      return entry;
    }
  }
  if (entry.evicted) {
    remove(*entry.evicted);
  }
  guest.place = guests_.insert(guests_.end(), entry.guest);
  if (guest.reserved) {
    ++reserved_;
  } else {
    ++regular_;
    ++of_address_[guest.address];
  }
  return entry;
}

/// Idle ones before all others.
template <class Fits>
std::shared_ptr<Guest> Admission::longest_waiting(Fits fits, double now, double patience) const {
  std::shared_ptr<Guest> longest;
  bool longest_is_idle = false;
  double longest_since = 0;
  for (const auto& guest : guests_) {
    const bool idle = guest->idle;
    const double since = guest->waits_since;
    if (since == Guest::kNever || (!idle && now - since < patience) || !fits(*guest)) {
      continue;
    }
    if (!longest || (idle && !longest_is_idle) || (idle == longest_is_idle && since < longest_since)) {
      longest = guest;
      longest_is_idle = idle;
      longest_since = since;
    }
  }
  return longest;
}

/// From the address with the most of them, counting the new one, so that a peer cannot displace others here either.
std::shared_ptr<Guest> Admission::reserved_to_evict(std::string_view newcomer, double now) const {
  std::map<std::string_view, std::size_t> counts{{newcomer, 1}};
  std::size_t most = 1;
  for (const auto& guest : guests_) {
    if (guest->reserved) {
      most = std::max(most, ++counts[guest->address]);
    }
  }
  return longest_waiting([&](const Guest& one) { return one.reserved && counts[one.address] == most; }, now, 0);
}

void Admission::leave(Guest& guest) {
  const std::lock_guard lock(mutex_);
  remove(guest);
}

void Admission::remove(Guest& guest) {
  if (!guest.counted) {
    return;
  }
  guest.counted = false;
  if (guest.reserved) {
    --reserved_;
  } else {
    --regular_;
    const auto known = of_address_.find(guest.address);
    if (--known->second == 0) {
      of_address_.erase(known);
    }
  }
  const auto place = guest.place;
  guests_.erase(place);  // may be the last owner
}

}  // namespace quaymaster::http
