#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/operation.h"

namespace quaymaster::api {

/// A row on its page, and what only its face can word.
struct DocumentRow {
  const Operation* operation;
  std::string permission;  // what is asked of the caller
  std::string with = {};   // what besides method and path tells the request; usually empty
};

/// What stands around the rows.
struct DocumentFrame {
  std::string_view name;          // "Microsoft.Storage"
  std::string about;              // what is said before them: api-versions at least
  std::string_view refusal_code;  // of the answer to what is not offered
};

/// A page of doc/api, in Markdown: what is offered, since which api-version, with which permission, and what is refused
/// on purpose and why. Made from the rows alone, so it says what the server does. tools/differences.py reads it.
std::string document(const DocumentFrame& frame, std::span<const DocumentRow> rows);

/// "doc/api/Microsoft.Storage.md": where the page of that name belongs.
std::string document_file(std::string_view name);

}  // namespace quaymaster::api
