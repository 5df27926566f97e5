#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/error.h"

namespace quaymaster::cli {

/// Rows of cells; the first is the heading.
template <std::size_t Columns>
using Table = std::vector<std::array<std::string, Columns>>;

/// Columns aligned to the left, separated by two blanks, one line per row.
template <std::size_t Columns>
std::string format_table(const Table<Columns>& rows) {
  std::array<std::size_t, Columns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < Columns; ++i) {
      widths.at(i) = std::max(widths.at(i), row.at(i).size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < Columns; ++i) {
      text += i + 1 == Columns ? row.at(i) : fmt::format("{:<{}}", row.at(i), widths.at(i) + 2);
    }
    text += '\n';
  }
  return text;
}

}  // namespace quaymaster::cli
