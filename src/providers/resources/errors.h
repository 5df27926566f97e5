#pragma once

#include "base/error.h"

namespace quaymaster::resources {

// Source: published errors of Microsoft.Resources.
inline constexpr ErrorRow kInvalidGroupName{400, "InvalidResourceGroup",
                                            "The provided resource group name '{}' is not valid. A name has 1 to 90 "
                                            "letters, digits, '-', '_', '.', '(' and ')', "
                                            "and does not end with a period."};
inline constexpr ErrorRow kGroupDeletionFailed{409, "ResourceGroupDeletionFailed",
                                               "Deletion of resource group '{}' did not finish: {} Delete it again."};

inline constexpr const ErrorRow* kRows[] = {&kInvalidGroupName, &kGroupDeletionFailed};

}  // namespace quaymaster::resources
