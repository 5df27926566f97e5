// Reads entries of a catalog, roots of points and lists of extents; what is accepted is written back unchanged, and
// its names stay inside the target.

#include "base/check.h"
#include "workload/disk/disk_root.h"
#include "workload/tree/catalog.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quaymaster;
  using namespace quaymaster::workload;
  const Bytes bytes(data, size);

  if (const auto head = read_head(bytes); head && head.value()) {
    const auto& placed = *head.value();
    check(placed.size <= bytes.size() && placed.name.find('/') == std::string_view::npos);
    check(placed.name != ".." && placed.name != "." && placed.name.empty() == (placed.depth == 0));
    if (const auto entry = read_entry(bytes.first(placed.size), std::string(placed.name))) {
      Buffer written;
      append_entry(written, entry.value(), placed.name, placed.depth);
      const auto again = read_entry(written, std::string(placed.name));
      check(again && again.value().entry.attributes == entry.value().entry.attributes);
      Buffer twice;
      append_entry(twice, again.value(), placed.name, placed.depth);
      check(twice == written);
    }
  }
  if (const auto root = read_tree_root(bytes)) {
    check(read_tree_root(write_tree_root(root.value())).value().bytes == root.value().bytes);
  }
  if (const auto root = read_disk_root(bytes)) {
    check(read_disk_root(write_disk_root(root.value())).value().size == root.value().size);
  }
  Cursor cursor(bytes);
  const auto list = read_list(cursor);
  if (!cursor.failed()) {
    Buffer written;
    append_list(written, list);
    Cursor again(written);
    check(read_list(again).extents.size() == list.extents.size() && !again.failed());
  }
  // A map of blocks covers the disk exactly, whatever its ids are.
  const auto ids = bytes.first(size / kBlockIdSize * kBlockIdSize);
  std::uint64_t covered = 0;
  const auto disk_size = ids.size() / kBlockIdSize * kBlock;
  for (const auto& extent : extents_of(ids, 0, disk_size)) {
    covered += extent.size;
  }
  check(covered == disk_size);
  return 0;
}
