#include "api/document.h"

#include <fmt/format.h>

#include <algorithm>

namespace quaymaster::api {
namespace {

std::string request_of(const DocumentRow& row) {
  return fmt::format("{} `{}`{}{}", http::name(row.operation->method), row.operation->path,
                     row.with.empty() ? "" : " with ", row.with);
}

}  // namespace

std::string document(const DocumentFrame& frame, std::span<const DocumentRow> rows) {
  std::string page = fmt::format(
      "# {}\n\nGenerated from the operation table; a test compares the two, `GOLDEN_UPDATE=1 ./dev test` rewrites this "
      "page.\n\n{}\n\n## Offered\n\n",
      frame.name, frame.about);
  page += "| operation | request | since | permission | remarks |\n|---|---|---|---|---|\n";
  for (const auto& row : rows) {
    if (row.operation->offered) {
      page += fmt::format("| {} | {} | {} | {} | {} |\n", row.operation->id, request_of(row), row.operation->since,
                          row.permission, row.operation->note);
    }
  }
  if (!std::ranges::all_of(rows, [](const auto& row) { return row.operation->offered; })) {
    page += fmt::format("\n## Refused on purpose\n\nThe response is 501 `{}` with the reason.\n\n", frame.refusal_code);
    page += "| operation | request | reason |\n|---|---|---|\n";
    for (const auto& row : rows) {
      if (!row.operation->offered) {
        page += fmt::format("| {} | {} | {} |\n", row.operation->id, request_of(row), row.operation->note);
      }
    }
  }
  return page;
}

std::string document_file(std::string_view name) {
  return fmt::format("doc/api/{}.md", name);
}

}  // namespace quaymaster::api
