#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/policies/policy_rules.h"

// How policy rules report what they found; only for the files of the two tables.
namespace quaymaster::recovery_services {

/// A value as a message shows it.
template <class T>
std::string shown(const std::optional<T>& value) {
  if (!value) {
    return "absent";
  }
  if constexpr (std::is_enum_v<T>) {
    return std::string(wire::text_of(*value));
  } else {
    return fmt::format("{}", *value);
  }
}
template <class Enum>
std::string shown_list(const std::vector<Enum>& values) {
  std::vector<std::string_view> texts;
  for (const auto value : values) {
    texts.push_back(wire::text_of(value));
  }
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

inline std::optional<Offence> broken(std::string property, std::string value) {
  return Offence{std::move(property), std::move(value)};
}
inline std::optional<Offence> broken_unless(bool holds, std::string property, std::string value) {
  return holds ? std::nullopt : broken(std::move(property), std::move(value));
}

inline Error refused(const Offence& offence, std::string_view sentence) {
  return refuse(Errc::invalid, errors::kInvalidPolicy,
                fmt::format("The property 'properties.{}' is '{}'. {}", offence.property, offence.value, sentence))
      .at("properties." + offence.property);
}

}  // namespace quaymaster::recovery_services
