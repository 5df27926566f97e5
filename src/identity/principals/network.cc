#include "identity/principals/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace quaymaster::identity {

std::string network_of(std::string_view peer) {
  constexpr std::string_view kMapped = "::ffff:";
  if (peer.starts_with(kMapped) && peer.find('.') != std::string_view::npos) {
    return std::string(peer.substr(kMapped.size()));
  }
  const std::string text(peer.substr(0, peer.find('%')));  // strips the zone of a link-local address
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> network{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
    return text;
  }
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return inet_ntop(AF_INET6, bytes.data(), network.data(), network.size());
}

}  // namespace quaymaster::identity
