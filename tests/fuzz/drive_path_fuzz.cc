#include "base/check.h"
#include "base/encode.h"
#include "drive/prepare/source_walk.h"
#include "drive/read/drive_path.h"

using namespace quaymaster;

/// For any name of a file in a manifest or a file system: no path leads up, and every generated name is valid.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  if (const auto names = drive::split_drive_path(text)) {
    for (const auto& name : names.value()) {
      check(!name.empty() && name != "." && name != ".." && name.size() <= 255);
      check(name.find_first_of("/\\:") == name.npos && name.find('\0') == name.npos);
    }
  }
  if (size == 0 || size > 1000 || text.find('\0') != text.npos) {
    return 0;
  }
  const auto segment = drive::blob_segment(text);
  check(is_utf8(segment) && segment.find_first_of("\\\x01\x1f\t\n") == segment.npos);
  for (const auto& name : {drive::ntfs_name(segment), drive::tagged(drive::ntfs_name(segment), text)}) {
    check(!name.empty() && name.size() <= 255 && is_utf8(name));
    check(name.find_first_of("<>:\"|?*\\/") == name.npos);
  }
  check(drive::fold_case(drive::fold_case(segment)).size() <= 4 * segment.size());
  return 0;
}
