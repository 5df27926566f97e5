#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "faces/blob/blob_call.h"
#include "faces/blob/blob_operations.h"

namespace quaymaster::storage {

/// Proves who asks (Shared Key, bearer token, signature) and checks that they may do `operation` (blob.md, 3). Fills in
/// call.sas and call.create_only, and in `entry` who it is. Refusals carry published rows: 401 where no proof was
/// shown, 403, and 404 for an anonymous read, which must not tell what exists.
Result<> authorize_blob_call(BlobCall& call, const BlobOperation& operation, const BlobNeighbours& neighbours, Time now,
                             identity::AuditEntry& entry);

}  // namespace quaymaster::storage
