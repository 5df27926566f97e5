#include "arm/document.h"

#include <fmt/format.h>

#include <algorithm>

namespace quaymaster::arm {

std::string document(const Provider& provider) {
  std::string page = fmt::format(
      "# {}\n\nGenerated from the operation table; a test compares the two, `GOLDEN_UPDATE=1 ./dev test` rewrites this "
      "page.\n\nApi-versions: {}; newer dates are accepted.\n\n## Offered\n\n",
      provider.name, fmt::join(provider.versions, ", "));
  page += "| operation | request | since | permission | remarks |\n|---|---|---|---|---|\n";
  for (const auto& operation : provider.operations) {
    if (operation.handler.call != nullptr) {
      page += fmt::format("| {} | {} `{}` | {} | {} | {} |\n", operation.id, http::name(operation.method),
                          operation.path, operation.since,
                          operation.action.empty() ? "any principal" : fmt::format("`{}`", operation.action),
                          operation.note);
    }
  }
  const auto refused = [](const Operation& operation) { return operation.handler.call == nullptr; };
  if (std::ranges::any_of(provider.operations, refused)) {
    page += "\n## Refused on purpose\n\nThe answer is 501 `NotSupported` with the reason.\n\n";
    page += "| operation | request | reason |\n|---|---|---|\n";
    for (const auto& operation : provider.operations) {
      if (refused(operation)) {
        page += fmt::format("| {} | {} `{}` | {} |\n", operation.id, http::name(operation.method), operation.path,
                            operation.note);
      }
    }
  }
  return page;
}

std::string document_file(const Provider& provider) {
  return fmt::format("doc/api/{}.md", provider.name);
}

}  // namespace quaymaster::arm
