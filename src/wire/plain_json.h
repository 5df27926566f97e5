#pragma once

#include <cstddef>
#include <string_view>

#include "wire/field.h"

namespace quaymaster::wire {

/// The quick way to read a record back: the very form that write_json gives it, without spaces, every member known and
/// none null. False for any other text, be it JSON or not; the object is then half read, and read_json says what it
/// means, to the same object with the same outcome as if this had not been tried. Numbers with a fraction and values of
/// any shape (Kind::json) are left to it, too.
bool read_plain_json(std::string_view text, const Shape& shape, void* object, std::size_t depth);

/// How many bytes at the start stand for themselves in a JSON string: ASCII without controls, quote and backslash.
std::size_t plain_run(std::string_view text);

}  // namespace quaymaster::wire
