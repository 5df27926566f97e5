#pragma once

#include <string>

#include "base/result.h"
#include "blob/blob_store.h"
#include "http/request.h"

namespace quaymaster::storage {

// Conditional headers, as specified in blob.md 10.1. Empty headers count as absent.

/// The combinations allowed for reads. Errc::invalid: kInvalidHeaderValue, kUnsatisfiableCondition ("If-None-Match:
/// *").
Result<blob::Conditions> read_conditions(const http::Request& request);
/// The combinations allowed for writes. Errc::invalid: kInvalidHeaderValue, kMultipleConditions.
Result<blob::Conditions> write_conditions(const http::Request& request);
/// Containers accept dates only. Errc::invalid: kInvalidHeaderValue, kConditionHeaders.
Result<blob::Conditions> container_conditions(const http::Request& request);

bool has_conditions(const blob::Conditions& conditions);

/// Errc::precondition with kConditionNotMet (412) or kNotModified (304), in the order of the specification.
Result<> check_read(const blob::Conditions& conditions, const blob::BlobInfo& blob);

/// "0x00000000000001F": at least 15 digits, as tests of some clients expect; without quotes.
std::string etag_text(std::uint64_t etag);

}  // namespace quaymaster::storage
