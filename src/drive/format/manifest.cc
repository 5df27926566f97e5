#include "drive/format/manifest.h"

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "blob/rules.h"

namespace quaymaster::drive {
namespace {

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string_view name(Disposition disposition) {
  constexpr std::array<std::string_view, 3> kNames{"rename", "no-overwrite", "overwrite"};
  return kNames.at(static_cast<std::size_t>(disposition));
}

bool is_container_name(std::string_view text) {
  if (text == "$root" || text == "$web") {
    return true;
  }
  return text.size() >= 3 && text.size() <= 63 &&
         std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; }) && text.front() != '-' &&
         text.back() != '-' && text.find("--") == text.npos;
}

Result<BlobAddress> parse_blob_path(std::string_view text) {
  const auto stored = blob::stored_name(text);
  std::string_view path = stored;
  if (path.starts_with('/')) {
    path.remove_prefix(1);
  }
  const auto slash = path.find('/');
  if (slash == path.npos) {
    return invalid("a blob path needs a container and a name with a slash between them");
  }
  BlobAddress address{std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
  if (!is_container_name(address.container)) {
    return invalid("the blob path does not begin with a container name");
  }
  TRY(blob::check_blob_name(address.name));
  if (address.container == "$root" && address.name.find('/') != std::string::npos) {
    return invalid("the name of a blob in the root container has no slash");
  }
  return address;
}

}  // namespace quaymaster::drive
