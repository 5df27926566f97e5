#include "arm/operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/router.h"
#include "arm/errors.h"
#include "arm/tags.h"
#include "base/check.h"

namespace quaymaster::arm {

constinit const BodyErrors kStandardBodyErrors{&kInvalidRequestContent, &kInvalidParameter, &kMissingRequiredProperty};

Result<std::string> scope_of(const http::Request& request, const Operation& operation) {
  TRY(auto segments, api::split_path(request.raw_path));
  if (operation.action.ends_with("/action") && !segments.empty()) {
    segments.pop_back();
  }
  return fmt::format("/{}", fmt::join(segments, "/"));
}

namespace detail {

std::string_view action_of(const Context& context) {
  return context.operation.action;
}

void read_path(const PathParameters& path, const wire::Shape& shape, void* object) {
  check(shape.kind == wire::Shape::Kind::record);
  for (const auto& field : shape.fields) {
    check(field.shape().kind == wire::Shape::Kind::text);
    const auto found = std::ranges::find(path, field.name, [](const auto& one) { return one.first; });
    check(found != path.end());
    *static_cast<std::string*>(field.of(object)) = found->second;
  }
}

Result<> read_body(const Context& context, std::string_view text, const wire::Shape& shape, void* object,
                   wire::Source source) {
  wire::Flaw flaw;
  auto read = wire::read_json(text, shape, object, source, &flaw);
  if (read) {
    return check_tags_of(context, shape, object);
  }
  const BodyErrors& rows = *context.provider.body_errors;
  const ErrorRow& row = flaw.kind == wire::Flaw::Kind::missing         ? *rows.missing
                        : flaw.kind == wire::Flaw::Kind::unknown_value ? *rows.unknown_value
                                                                       : *rows.malformed;
  auto refused = std::move(read).error().as(row, flaw.message);
  return flaw.path.empty() ? std::move(refused) : std::move(refused).at(flaw.path);
}

}  // namespace detail
}  // namespace quaymaster::arm
