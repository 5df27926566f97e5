#pragma once

#include <string_view>

/// The identity of every server of the test profile: published here, so that clients can be configured before it runs,
/// tokens outlive a restart and a state that one server saved is loaded by another. Worth nothing: the profile refuses
/// addresses that others can reach.
namespace quaymaster::server::well_known {

inline constexpr std::string_view kTenant = "7e57e57e-0000-4000-8000-000000000001";
inline constexpr std::string_view kSubscription = "7e57e57e-0000-4000-8000-000000000002";
inline constexpr std::string_view kClientId = "7e57e57e-0000-4000-8000-000000000003";
inline constexpr std::string_view kClientSecret = "quaymaster-test-secret";

}  // namespace quaymaster::server::well_known
