#pragma once

#include "base/error.h"

/// Published errors that only the engine can decide, since it decides them in the transaction of a change. Source: the
/// error codes of the Blob service (blob.md, 17).
namespace quaymaster::blob {

inline constexpr ErrorRow kSnapshotsPresent{409, "SnapshotsPresent",
                                            "This operation is not permitted because the blob has snapshots."};
inline constexpr ErrorRow kCurrentVersion{403, "OperationNotAllowedOnRootBlob",
                                          "The current version of a blob is deleted without naming its version."};
inline constexpr ErrorRow kPermanentDelete{403, "OperationNotAllowed",
                                           "Permanent deletion is not turned on for this storage account."};
inline constexpr ErrorRow kNotDeleted{409, "InvalidOperation",
                                      "Only a snapshot or version that is deleted already can be deleted for good."};

inline constexpr const ErrorRow* kRefusals[] = {&kSnapshotsPresent, &kCurrentVersion, &kPermanentDelete, &kNotDeleted};

}  // namespace quaymaster::blob
