#pragma once

#include <string>
#include <string_view>

namespace quaymaster::identity {

/// What counts as one sender: an IPv4 address, also when it comes as "::ffff:192.0.2.1", or the /64 of an IPv6 address,
/// which is the least that one site has ("2001:db8:0:1::"). What is no address stays as it is. `peer` is a
/// Request::peer.
std::string network_of(std::string_view peer);

}  // namespace quaymaster::identity
