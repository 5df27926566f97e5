#include "wire/json_members.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/encode.h"
#include "wire/json.h"
#include "wire/json_count.h"

namespace quaymaster::wire {
namespace {

namespace json = boost::json;

Result<> walk(const json::value& value, const Shape& shape, const std::string& place) {
  switch (shape.kind) {
    case Shape::Kind::optional:
      return walk(value, shape.element(), place);
    case Shape::Kind::list:
      if (const auto* const list = value.if_array()) {
        for (const auto& one : *list) {
          TRY(walk(one, shape.element(), place));
        }
      }
      return ok();
    case Shape::Kind::record:
      break;
    default:
      return ok();
  }
  const auto* const object = value.if_object();
  if (object == nullptr) {
    return ok();
  }
  for (const auto& member : *object) {
    const std::string_view key(member.key().data(), member.key().size());
    const auto field =
        std::ranges::find_if(shape.fields, [&](const Field& one) { return equal_ignoring_case(one.name, key); });
    if (field == shape.fields.end()) {
      std::vector<std::string_view> known;
      std::ranges::transform(shape.fields, std::back_inserter(known), &Field::name);
      return invalid("there is no member '{}{}'; known are {}", place, key, fmt::join(known, ", "));
    }
    TRY(walk(member.value(), field->shape(), fmt::format("{}{}.", place, field->name)));
  }
  return ok();
}

}  // namespace

Result<> refuse_unknown_members(std::string_view text, const Shape& shape) {
  if (has_more_values(text, Limits{}.values)) {
    return ok();
  }
  json::error_code error;
  const auto value = json::parse(json::string_view(text.data(), text.size()), error);
  return error ? ok() : walk(value, shape, "");
}

}  // namespace quaymaster::wire
