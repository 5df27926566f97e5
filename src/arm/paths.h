#pragma once

#include <string>

#include "wire/field.h"

// The beginning of nearly every provider's paths, for its table, and the structs that their parameters are read into.
// Deeper paths have structs in their provider.
#define QM_SUBSCRIPTION "/subscriptions/{subscriptionId}"
#define QM_GROUP QM_SUBSCRIPTION "/resourceGroups/{resourceGroupName}"

namespace quaymaster::arm {

struct NoPath {
  static constexpr auto wire() { return wire::Fields<0>{}; }
};

struct SubscriptionPath {
  std::string subscription;
  static constexpr auto wire() {
    return wire::fields({wire::field<&SubscriptionPath::subscription>("subscriptionId")});
  }
};

struct GroupPath {
  std::string subscription;
  std::string group;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&GroupPath::subscription>("subscriptionId"), field<&GroupPath::group>("resourceGroupName")});
  }
};

}  // namespace quaymaster::arm
