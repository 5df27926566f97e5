#pragma once

#include <string_view>

/// The identity of every server of the test profile. It is published here, so that clients can be configured before the
/// server runs, tokens survive a restart and a state saved by one server can be loaded by another. It protects nothing:
/// the profile refuses addresses that others can reach.
namespace quaymaster::server::well_known {

inline constexpr std::string_view kTenant = "7e57e57e-0000-4000-8000-000000000001";
inline constexpr std::string_view kSubscription = "7e57e57e-0000-4000-8000-000000000002";
inline constexpr std::string_view kClientId = "7e57e57e-0000-4000-8000-000000000003";
inline constexpr std::string_view kClientSecret = "quaymaster-test-secret";

}  // namespace quaymaster::server::well_known
