#pragma once

#include "base/error.h"

namespace quaymaster::resources {

// Source: published errors of Microsoft.Resources.
inline constexpr ErrorRow kInvalidGroupName{400, "InvalidResourceGroup",
                                            "The provided resource group name '{}' is not valid. A name has 1 to 90 "
                                            "letters, digits, '-', '_', '.', '(' and ')', "
                                            "and does not end with a period."};
inline constexpr ErrorRow kGroupDeletionBlocked{
    409, "ResourceGroupDeletionBlocked",
    "Deletion of resource group '{}' cannot finish, so nothing was removed: {} Then delete the group again."};
/// What was removed before the deletion stopped stays removed; the group can be used.
inline constexpr ErrorRow kGroupDeletionFailed{409, "ResourceGroupDeletionFailed",
                                               "Deletion of resource group '{}' did not finish: {} Delete it again."};

inline constexpr const ErrorRow* kRows[] = {&kInvalidGroupName, &kGroupDeletionBlocked, &kGroupDeletionFailed};

}  // namespace quaymaster::resources
