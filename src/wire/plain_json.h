#pragma once

#include <cstddef>
#include <string_view>

#include "wire/field.h"

namespace quaymaster::wire {

/// Fast path for reading a record back: accepts exactly the form that write_json produces, without spaces, with known
/// members only and without null. False for any other text, whether or not it is JSON. The object may then be partly
/// read; read_json into the same object gives the same result as if this had not been tried. Numbers with a fraction
/// and values of any shape (Kind::json) are also left to read_json.
bool read_plain_json(std::string_view text, const Shape& shape, void* object, std::size_t depth);

/// Number of leading bytes that need no escape in a JSON string: ASCII except controls, quote and backslash.
std::size_t plain_run(std::string_view text);

}  // namespace quaymaster::wire
