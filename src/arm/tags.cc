#include "arm/tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "arm/errors.h"
#include "arm/operation.h"
#include "arm/resource_groups.h"
#include "base/encode.h"
#include "wire/json.h"

namespace quaymaster::arm {
namespace {

struct Tag {
  std::string name;
  std::string value;
};

/// The length of UTF-8 text in UTF-16 code units, which is what the service counts.
std::size_t length_of(std::string_view text) {
  std::size_t units = 0;
  for (const unsigned char byte : text) {
    units += (byte & 0xc0) != 0x80 ? 1 : 0;  // not a continuation
    units += byte >= 0xf0 ? 1 : 0;           // beyond the basic plane: a pair
  }
  return units;
}

Result<> check_name(std::string_view name, std::size_t longest) {
  if (name.find_first_not_of(' ') == std::string_view::npos) {
    return refuse(Errc::invalid, kInvalidTagName, name, "it must not be empty.").at("tags");
  }
  if (length_of(name) > longest) {
    return refuse(Errc::invalid, kTagNameTooLong, name, longest).at("tags");
  }
  constexpr std::string_view kHidden = "hidden-";
  const bool is_hidden = equal_ignoring_case(name.substr(0, kHidden.size()), kHidden);
  constexpr std::string_view kReserved = "<>%&\\?/";
  const bool has_reserved = std::ranges::any_of(name, [&](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
           (kReserved.find(c) != std::string_view::npos && !(c == '/' && is_hidden));
  });
  return has_reserved ? refuse(Errc::invalid, kTagNameCharacters, name).at("tags") : Result<>(ok());
}

Result<> check_tags(const std::vector<Tag>& tags, std::size_t longest_name) {
  if (tags.size() > kMostTags) {
    return refuse(Errc::invalid, kTooManyTags, tags.size(), kMostTags).at("tags");
  }
  std::set<std::string> names;
  for (const auto& [name, value] : tags) {
    TRY(check_name(name, longest_name));
    if (length_of(value) > kLongestTagValue) {
      return refuse(Errc::invalid, kTagValueTooLong, value, kLongestTagValue).at("tags");
    }
    if (!names.insert(to_lower(name)).second) {
      return refuse(Errc::invalid, kInvalidTagName, name,
                    "tag names are case-insensitive, and another tag has the same name.")
          .at("tags");
    }
  }
  return ok();
}

void collect(const wire::Shape& shape, const void* value, std::vector<Tag>& tags) {
  using Kind = wire::Shape::Kind;
  if (shape.kind == Kind::optional) {
    if (shape.has(value)) {
      collect(shape.element(), shape.held(value), tags);
    }
  } else if (shape.kind == Kind::map) {
    struct State {
      const wire::Shape* element;
      std::vector<Tag>* tags;
    } state{&shape.element(), &tags};
    shape.visit(value, &state, [](void* opaque, const std::string& name, const void* entry) {
      const auto& [element, into] = *static_cast<State*>(opaque);
      const bool is_optional = element->kind == Kind::optional;
      if (is_optional && !element->has(entry)) {
        return;  // removes the tag
      }
      const auto* held = is_optional ? element->held(entry) : entry;
      const auto& type = is_optional ? element->element() : *element;
      into->push_back({name, type.kind == Kind::text ? *static_cast<const std::string*>(held) : std::string()});
    });
  } else if (shape.kind == Kind::json) {
    const auto parsed = wire::parse_json<Tags>(static_cast<const wire::Json*>(value)->text);
    if (parsed) {
      for (const auto& [name, text] : parsed.value()) {
        tags.push_back({name, text});
      }
    }
  }
}

}  // namespace

Result<> check_tags_of(const Context& context, const wire::Shape& shape, const void* object) {
  if (shape.kind != wire::Shape::Kind::record) {
    return ok();
  }
  std::vector<Tag> tags;
  for (const auto& field : shape.fields) {
    if (field.name == "tags" && !field.is_read_only) {
      // `of` only computes an address; nothing is changed through it.
      collect(field.shape(), field.of(const_cast<void*>(object)), tags);
    }
  }
  const bool is_account = context.operation.path.find("/storageAccounts/") != std::string_view::npos;
  return check_tags(tags, is_account ? kLongestAccountTagName : kLongestTagName);
}

}  // namespace quaymaster::arm
