#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/context.h"
#include "base/result.h"
#include "wire/field.h"

namespace quaymaster::arm {

/// The requested part of a list. Lists are walked by key, so every page costs the same, and a resource created or
/// deleted between two pages neither repeats nor hides another.
struct PageRequest {
  std::size_t top;    // number of items to return
  std::string after;  // the key of the last item returned before; empty on the first page
};

/// Reads $top and $skipToken (any case). `largest` is both the default and the maximum.
/// Errc::invalid, published as InvalidParameter with the parameter as target: $top is not a number from 1 to `largest`,
/// or the token was not issued by this server.
Result<PageRequest> page_request(const Context& context, std::size_t largest);

/// The absolute address of the page after `last_key`: the request's own, with its filter, $top and api-version.
std::string next_link(const Context& context, std::string_view last_key);

/// {"value":[…],"nextLink":…}
template <class T>
struct Page {
  std::vector<T> value;
  std::optional<std::string> next_link;

  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Page::value>("value"), field<&Page::next_link>("nextLink")});
  }
};

}  // namespace quaymaster::arm
