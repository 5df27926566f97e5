#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "faces/blob/blob_call.h"
#include "faces/blob/blob_operations.h"

namespace quaymaster::storage {

/// Authenticates the caller (Shared Key, bearer token, signature) and checks that it may do `operation` (blob.md, 3).
/// Fills in call.sas and call.create_only, and the caller in `entry`. Refusals carry published rows: 400 for an
/// unknown authorization scheme, 401 without credentials or with an invalid token, 403, and 404 for an anonymous read,
/// which must not reveal what exists.
Result<> authorize_blob_call(BlobCall& call, const BlobOperation& operation, const BlobNeighbours& neighbours, Time now,
                             identity::AuditEntry& entry);

}  // namespace quaymaster::storage
