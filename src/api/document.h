#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/operation.h"

namespace quaymaster::api {

/// A row on its page, with the texts that only its face can supply.
struct DocumentRow {
  const Operation* operation;
  std::string permission;  // the permission the caller needs
  std::string with = {};   // what identifies the request in addition to method and path; usually empty
};

/// The text around the rows.
struct DocumentFrame {
  std::string_view name;          // "Microsoft.Storage"
  std::string about;              // text before the rows: at least the api-versions
  std::string_view refusal_code;  // error code of requests for what is not offered
};

/// A page of doc/api, in Markdown: what is offered, since which api-version, with which permission, and what is refused
/// on purpose and why. Generated from the rows alone, so it matches the server's behavior. tools/differences.py reads
/// it.
std::string document(const DocumentFrame& frame, std::span<const DocumentRow> rows);

/// "doc/api/Microsoft.Storage.md": the file of the page with that name.
std::string document_file(std::string_view name);

}  // namespace quaymaster::api
