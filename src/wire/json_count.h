#pragma once

#include <cstddef>
#include <string_view>

namespace quaymaster::wire {

/// Does JSON text hold more than `most` values: strings, numbers, words, arrays and objects, wherever they are? Exact
/// for a text that is JSON; takes no memory. Other text gets some answer, and is refused by whoever reads it.
bool has_more_values(std::string_view text, std::size_t most);

}  // namespace quaymaster::wire
