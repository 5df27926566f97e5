#pragma once

#include <string>
#include <string_view>

namespace quaymaster::identity {

/// What counts as one sender: an IPv4 address, also in the form "::ffff:192.0.2.1", or the /64 of an IPv6 address, the
/// smallest network that a site has ("2001:db8:0:1::"). Text that is not an address is returned unchanged. `peer` is a
/// Request::peer.
std::string network_of(std::string_view peer);

}  // namespace quaymaster::identity
