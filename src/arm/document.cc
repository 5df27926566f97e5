#include "arm/document.h"

#include <fmt/format.h>

#include <vector>

#include "api/document.h"
#include "arm/errors.h"

namespace quaymaster::arm {
namespace {

/// The row's action, and the permissions it needs at resources that its body names.
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
  std::vector<api::DocumentRow> rows;
  for (const auto& operation : provider.operations) {
    rows.push_back({&operation, permission_of(operation)});
  }
  const auto versions = fmt::format("Api-versions: {}; newer dates are accepted.", fmt::join(provider.versions, ", "));
  return api::document({provider.name, versions, kNotOffered.code}, rows);
}

std::string document_file(const Provider& provider) {
  return api::document_file(provider.name);
}

}  // namespace quaymaster::arm
