#include "http/request.h"

#include <array>

#include "base/encode.h"

namespace quaymaster::http {

std::string_view name(Method method) {
  static constexpr std::array<std::string_view, 8> kNames{"GET",   "HEAD",   "PUT",     "POST",
                                                          "PATCH", "DELETE", "OPTIONS", "OTHER"};
  return kNames.at(static_cast<std::size_t>(method));
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
  fields_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equal_ignoring_case(field, name)) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::parameter(std::string_view wanted) const {
  for (const auto& [field, value] : query) {
    if (equal_ignoring_case(field, wanted)) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace quaymaster::http
