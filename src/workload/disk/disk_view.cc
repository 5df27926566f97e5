#include "workload/disk/disk_root.h"

namespace quaymaster::workload {
namespace {

class View final : public DiskView {
 public:
  View(DiskRoot root, vault::OpenStream open, std::unique_ptr<vault::StreamReader> map)
      : root_(std::move(root)), open_(std::move(open)), map_(std::move(map)) {}

  std::uint64_t size() const override { return root_.size; }
  ImageFormat format() const override { return root_.format; }

  Result<std::size_t> read(std::uint64_t offset, MutableBytes into) const override {
    if (offset >= root_.size || into.empty()) {
      return 0;
    }
    into = into.first(std::min<std::uint64_t>(into.size(), root_.size - offset));
    const auto first = offset / kBlock;
    Buffer ids(static_cast<std::size_t>(block_count(offset + into.size()) - first) * kBlockIdSize);
    TRY(const auto count, map_->read(first * kBlockIdSize, ids));
    ids.resize(count);
    return open_(extents_of(ids, first, root_.size))->read(offset - first * kBlock, into);
  }

 private:
  const DiskRoot root_;
  const vault::OpenStream open_;
  const std::unique_ptr<vault::StreamReader> map_;
};

}  // namespace

Result<std::unique_ptr<DiskView>> DiskView::open(Bytes bytes, vault::OpenStream open) {
  TRY(auto root, read_disk_root(bytes));
  TRY(auto extents, all_extents(root.map, open));
  auto map = open(std::move(extents));
  return std::unique_ptr<DiskView>(std::make_unique<View>(std::move(root), std::move(open), std::move(map)));
}

}  // namespace quaymaster::workload
