#pragma once

#include <string_view>

#include "http/request.h"

namespace quaymaster::api {

/// The part of an operation's row that is common to all faces. `arm::Operation`, `storage::BlobOperation` and the
/// rows of the admin plane add how their face calls a handler; the page in doc/api is generated from this part.
struct Operation {
  std::string_view id;  // "Jobs_Get", as published
  http::Method method = http::Method::get;
  std::string_view path;    // "/{container}/{blob}?comp=tier": fixed words, "{parameters}", significant query
  std::string_view since;   // first api-version: older ones are refused, newer ones accepted
  std::string_view action;  // permission required at the scope of the path; empty: any principal
  std::string_view note;    // for doc/api; the reason when it is not offered
  bool offered = false;     // false: refused on purpose, after the caller was authorized
};

}  // namespace quaymaster::api
