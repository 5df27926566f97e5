#include "arm/document.h"

#include <fmt/format.h>

#include <algorithm>

namespace quaymaster::arm {
namespace {

/// The row's action, and what it needs at resources that its body names.
std::string permission_of(const Operation& operation) {
  auto text = operation.action.empty() ? std::string("any principal") : fmt::format("`{}`", operation.action);
  for (const auto& link : operation.links) {
    if (!link.action.empty()) {
      text += fmt::format("; at `{}`{}: `{}`", link.member,
                          link.type.empty() ? "" : fmt::format(" of type `{}`", link.type), link.action);
    } else if (link.is_handlers) {
      text += fmt::format("; at `{}`: {}", link.member, link.why);
    }
  }
  return text;
}

}  // namespace

std::string document(const Provider& provider) {
  std::string page = fmt::format(
      "# {}\n\nGenerated from the operation table; a test compares the two, `GOLDEN_UPDATE=1 ./dev test` rewrites this "
      "page.\n\nApi-versions: {}; newer dates are accepted.\n\n## Offered\n\n",
      provider.name, fmt::join(provider.versions, ", "));
  page += "| operation | request | since | permission | remarks |\n|---|---|---|---|---|\n";
  for (const auto& operation : provider.operations) {
    if (operation.handler.call != nullptr) {
      page += fmt::format("| {} | {} `{}` | {} | {} | {} |\n", operation.id, http::name(operation.method),
                          operation.path, operation.since, permission_of(operation), operation.note);
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
