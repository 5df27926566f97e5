#include "objects/object_store.h"

#include <algorithm>

namespace quaymaster::objects {
namespace {

constexpr std::size_t kLongestName = 1000;
constexpr std::size_t kLongestPart = 255;

bool is_part(std::string_view part) {
  return !part.empty() && part.size() <= kLongestPart && part.front() != '.' && std::ranges::all_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace

Result<> check_name(std::string_view name) {
  bool good = name.size() <= kLongestName;
  for (std::size_t at = 0; good;) {
    const auto end = std::min(name.find('/', at), name.size());
    good = is_part(name.substr(at, end - at));
    if (end == name.size()) {
      break;
    }
    at = end + 1;
  }
  if (!good) {
    return invalid("\"{}\" is not an object name", name);
  }
  return ok();
}

}  // namespace quaymaster::objects
