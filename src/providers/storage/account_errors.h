#pragma once

#include "base/error.h"

namespace quaymaster::storage {

// Source: published errors of Microsoft.Storage.
inline constexpr ErrorRow kAccountNameInvalid{400, "AccountNameInvalid",
                                              "{} is not a valid storage account name. Storage account name must be "
                                              "between 3 and 24 characters in length and use "
                                              "numbers and lower-case letters only."};
inline constexpr ErrorRow kAccountTaken{409, "StorageAccountAlreadyTaken",
                                        "The storage account named {} is already taken."};
inline constexpr ErrorRow kAccountElsewhere{
    409, "StorageAccountInAnotherResourceGroup",
    "The account {} is already in another resource group in this subscription."};
inline constexpr ErrorRow kAccountBeingDeleted{409, "StorageAccountIsBeingDeleted",
                                               "The storage account named {} is being deleted. Its name becomes "
                                               "available when the deletion has finished; try again then."};
/// A setting that cannot be honoured is rejected instead of being stored and ignored. Argument: what and why.
inline constexpr ErrorRow kUnsupportedSetting{400, "FeatureNotSupported", "{}"};

inline constexpr const ErrorRow* kAccountRows[] = {&kAccountNameInvalid, &kAccountTaken, &kAccountElsewhere,
                                                   &kAccountBeingDeleted, &kUnsupportedSetting};

}  // namespace quaymaster::storage
