// The page of the Blob service in doc/api.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "api/document.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_operations.h"

namespace quaymaster::storage {
namespace {

std::string letters_of(std::string_view letters) {
  if (letters == "*") {
    return "any `sp`";
  }
  std::string text = "`sp`";
  for (std::size_t i = 0; i < letters.size(); ++i) {
    text += fmt::format("{} `{}`", i == 0 ? "" : " or", letters[i]);
  }
  return text;
}

std::string permission_of(const BlobOperation& row) {
  auto text = fmt::format("`{}`", row.action);
  const auto& need = row.signature.need;
  if (!need.account_permissions.empty()) {
    const auto type =
        need.resource_type == '*' ? std::string("any `srt`") : fmt::format("`srt` `{}`", need.resource_type);
    text += fmt::format("; account SAS: {}, {}", type, letters_of(need.account_permissions));
  }
  if (!need.service_permissions.empty()) {
    text += fmt::format("; service SAS: {}", letters_of(need.service_permissions));
  }
  if (!row.signature.why_none.empty()) {
    text += fmt::format("; no SAS: {}", row.signature.why_none);
  }
  return text;
}

std::string headers_in_words(Variant variant) {
  std::string text;
  for (const auto& header : headers_of(variant)) {
    text += fmt::format("{}`{}{}{}`", text.empty() ? "" : " and ", header.name, header.value.empty() ? "" : ": ",
                        header.value);
  }
  return text;
}

}  // namespace

std::string document_blob_operations() {
  std::vector<api::DocumentRow> rows;
  for (const auto& row : blob_operations()) {
    rows.push_back({&row, permission_of(row), headers_in_words(row.variant)});
  }
  const auto about = fmt::format(
      "Api-versions (`x-ms-version`): {} and every later date.\n\n`/` is an account's endpoint. Permission: a token's "
      "roles must allow the action; an account key allows everything; a shared access signature needs one of the "
      "letters.",
      kFirstVersion);
  return api::document({"Blob", about, kNotImplemented.code}, rows);
}

}  // namespace quaymaster::storage
