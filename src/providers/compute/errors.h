#pragma once

#include <array>

#include "base/error.h"

/// The published errors of Microsoft.Compute, in addition to those of Resource Manager itself (arm/errors.h).
namespace quaymaster::compute::errors {

inline constexpr ErrorRow kInvalidParameter{400, "InvalidParameter", "{}"};
// The same answer for a missing file and one that is not allowed: a client must not learn what is on the server's
// disk.
inline constexpr ErrorRow kImageRefused{
    400, "InvalidParameter",
    "The image '{}' cannot be used: 'creationData.sourceUri' must name a raw or qcow2 file below one of the server's "
    "image directories (setting image-directories)."};
inline constexpr ErrorRow kDiskNotFound{404, "NotFound",
                                        "The disk '{}' was not found. Create it before the machine that uses it."};
inline constexpr ErrorRow kDiskInUse{409, "OperationNotAllowed",
                                     "The disk '{}' is attached to the virtual machine '{}'. Delete the machine, or "
                                     "give it other disks, first."};
inline constexpr ErrorRow kPropertyChange{
    409, "PropertyChangeNotAllowed",
    "Changing the property '{}' of '{}' is not allowed. Delete it and create it again."};

inline constexpr std::array kAll = {&kInvalidParameter, &kImageRefused, &kDiskNotFound, &kDiskInUse, &kPropertyChange};

}  // namespace quaymaster::compute::errors
