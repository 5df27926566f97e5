#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "arm/context.h"
#include "base/result.h"

namespace quaymaster::recovery_services {

/// The $filter of Azure Backup's lists: `field eq 'value'` terms joined by `and`, nothing else (backup.md 14.2).
/// Field names and values are compared case-insensitively.
class EqualsFilter {
 public:
  /// A missing filter is an empty one. Errc::invalid, published as BMSUserErrorInvalidInput: not of the form above, a
  /// field that is not one of `fields`, or the same field twice with different values.
  static Result<EqualsFilter> read(const arm::Context& context, std::span<const std::string_view> fields);

  std::optional<std::string_view> value(std::string_view field) const;
  /// True if the filter does not name the field or asks for `value`.
  bool allows(std::string_view field, std::string_view value) const;

 private:
  std::map<std::string, std::string> wanted_;  // by field in lower case
};

}  // namespace quaymaster::recovery_services
