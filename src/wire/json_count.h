#pragma once

#include <cstddef>
#include <string_view>

namespace quaymaster::wire {

/// Does the JSON text contain more than `most` values (strings, numbers, literals, arrays and objects, at any depth)?
/// Exact for valid JSON; allocates nothing. For other text the result is arbitrary: the parser refuses it anyway.
bool has_more_values(std::string_view text, std::size_t most);

}  // namespace quaymaster::wire
