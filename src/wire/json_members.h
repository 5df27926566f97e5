#pragma once

#include <string_view>

#include "base/result.h"
#include "wire/field.h"

namespace quaymaster::wire {

/// Refuses JSON with a member that the shape does not have, at any depth: for documents of our own, where a misspelt
/// member would silently mean its default. What is no JSON, of another type, or beyond the limits is left to read_json.
/// Errc::invalid, naming the member and those that there are.
Result<> refuse_unknown_members(std::string_view text, const Shape& shape);

}  // namespace quaymaster::wire
