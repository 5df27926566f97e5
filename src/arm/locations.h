#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace quaymaster::arm {

/// A region by the names that clients hard-code. Source: import-export.md, 3.8 (names seen in real answers).
struct Location {
  std::string_view name;          // "westeurope"
  std::string_view display_name;  // "West Europe"
};

std::span<const Location> locations();

/// By short or display name, ignoring blanks and case; null when unknown.
const Location* find_location(std::string_view text);

/// Lower case without blanks: the form in which locations are stored and written.
std::string normalized_location(std::string_view text);

}  // namespace quaymaster::arm
