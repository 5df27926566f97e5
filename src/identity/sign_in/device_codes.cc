#include "identity/sign_in/device_codes.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/encode.h"

namespace quaymaster::identity {
namespace {

constexpr std::size_t kMost = 1000;
constexpr std::size_t kShare = 100;  // for one network
/// Without letters and digits that people confuse.
constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
static_assert(kAlphabet.size() == 32);

std::string as_typed(std::string_view user_code) {
  std::string typed;
  for (const char c : user_code) {
    if (c != '-' && c != ' ') {
      typed += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return typed;
}

}  // namespace

void DeviceCodes::remove_oldest_of(const std::string& network) {
  auto oldest = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->second.network == network && (oldest == entries_.end() || at->second.end < oldest->second.end)) {
      oldest = at;
    }
  }
  entries_.erase(oldest);
}

void DeviceCodes::make_room(const std::string& network) {
  std::erase_if(entries_, [now = clock_.now()](const auto& entry) { return now >= entry.second.end + kLife; });
  std::map<std::string_view, std::size_t> shares;
  for (const auto& [code, entry] : entries_) {
    ++shares[entry.network];
  }
  if (const auto own = shares.find(network); own != shares.end() && own->second >= kShare) {
    remove_oldest_of(network);
  } else if (entries_.size() >= kMost) {
    const auto greatest = std::ranges::max_element(shares, {}, [](const auto& share) { return share.second; });
    remove_oldest_of(std::string(greatest->first));
  }
}

DeviceCodes::Started DeviceCodes::start(std::string client_id, std::string resource, std::string network) {
  std::array<std::uint8_t, 32> secret{};
  std::array<std::uint8_t, 8> letters{};
  random_.fill(secret);
  random_.fill(letters);
  Started started{base64url(secret), ""};
  for (const auto one : letters) {
    started.user_code += kAlphabet[one % kAlphabet.size()];
  }
  const std::scoped_lock lock(mutex_);
  make_room(network);
  entries_[started.device_code] = {std::move(client_id), std::move(resource),  started.user_code,
                                   std::move(network),   clock_.now() + kLife, std::nullopt};
  return started;
}

DeviceCodes::Polled DeviceCodes::poll(std::string_view device_code, std::string_view client_id) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(device_code);
  if (found == entries_.end() || !equal_ignoring_case(found->second.client_id, client_id)) {
    return {State::unknown, {}, ""};
  }
  if (clock_.now() >= found->second.end) {
    entries_.erase(found);
    return {State::expired, {}, ""};
  }
  if (!found->second.principal) {
    return {State::pending, {}, ""};
  }
  Polled polled{State::approved, std::move(*found->second.principal), std::move(found->second.resource)};
  entries_.erase(found);
  return polled;
}

bool DeviceCodes::approve(std::string_view user_code, Principal principal) {
  const auto typed = as_typed(user_code);
  const std::scoped_lock lock(mutex_);
  for (auto& [code, entry] : entries_) {
    if (entry.user_code == typed && clock_.now() < entry.end) {
      entry.principal = std::move(principal);
      return true;
    }
  }
  return false;
}

}  // namespace quaymaster::identity
