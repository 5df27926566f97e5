#include "drive/prepare/prepare_paths.h"

#include <algorithm>

#include "base/encode.h"

namespace quaymaster::drive {

std::string encode_source_path(std::string_view path) {
  return percent_encode(path, " !\"#$&'()*+,/:;<=>?@[\\]^`{|}");
}

Result<std::string> decode_source_path(std::string_view text) {
  return percent_decode(text);
}

std::string with_backslashes(std::string_view path) {
  std::string turned(path);
  std::ranges::replace(turned, '/', '\\');
  return turned;
}

}  // namespace quaymaster::drive
