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

/// Which part of a list is asked for. Lists are walked by key, so a page costs the same wherever it lies, and a
/// resource made or deleted between two pages neither repeats nor hides another.
struct PageRequest {
  std::size_t top;    // how many to answer
  std::string after;  // the key of the last one answered before; empty on the first page
};

/// Reads $top and $skipToken (any case). `largest` is both the default and the most that may be asked for.
/// Errc::invalid, published as InvalidParameter with the parameter as target: $top is no number from 1 to `largest`, or
/// the token is not one of ours.
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
