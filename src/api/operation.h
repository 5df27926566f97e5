#pragma once

#include <string_view>

#include "http/message.h"

namespace quaymaster::api {

/// What the row of every operation says, whichever face answers it. `arm::Operation` and `storage::BlobOperation` add
/// how their face calls a handler; its page in doc/api is made of this part.
struct Operation {
  std::string_view id;  // "Jobs_Get", as published
  http::Method method = http::Method::get;
  std::string_view path;    // "/{container}/{blob}?comp=tier": fixed words, "{parameters}", and what of a query tells
  std::string_view since;   // first api-version: older ones are refused, newer ones accepted
  std::string_view action;  // permission asked for at the scope of the path; empty: any principal
  std::string_view note;    // for doc/api; the reason when it is not offered
  bool offered = false;     // false: refused on purpose, once it is known that the caller might
};

}  // namespace quaymaster::api
