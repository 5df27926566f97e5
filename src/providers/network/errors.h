#pragma once

#include <array>

#include "base/error.h"

/// The published errors of Microsoft.Network, in addition to those of Resource Manager itself (arm/errors.h).
namespace quaymaster::network::errors {

inline constexpr ErrorRow kInvalidName{
    400, "InvalidResourceName",
    "Resource name '{}' is invalid. It has 1 to 80 letters, digits, '_', '.' and '-', "
    "begins with a letter or digit and ends with one or '_'."};
inline constexpr ErrorRow kInvalidRequest{400, "InvalidRequestFormat", "{}"};
inline constexpr ErrorRow kSubnetNotFound{404, "NotFound",
                                          "The subnet '{}' of the virtual network '{}' was not found."};

inline constexpr std::array kAll = {&kInvalidName, &kInvalidRequest, &kSubnetNotFound};

}  // namespace quaymaster::network::errors
