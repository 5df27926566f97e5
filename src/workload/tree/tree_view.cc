#include <utility>

#include "workload/tree/catalog.h"

namespace quaymaster::workload {
namespace {

class View final : public TreeView {
 public:
  View(TreeRoot root, vault::OpenStream open, std::unique_ptr<vault::StreamReader> catalog, CatalogIndex index)
      : root_(std::move(root)), open_(std::move(open)), catalog_(std::move(catalog)), index_(std::move(index)) {}

  std::uint64_t items() const override { return root_.items; }
  std::uint64_t bytes() const override { return root_.bytes; }

  Result<TreeEntry> find(const std::string& path) const override {
    TRY(auto entry, entry_at(path));
    return std::move(entry.entry);
  }

  Result<> list(const std::string& path, const std::function<Result<>(const TreeEntry&)>& visit) const override {
    auto reader = reader_at(path);
    TRY(seek(reader, path));
    if (reader.head().kind != EntryKind::directory) {
      return invalid("not a directory");
    }
    const auto depth = reader.head().depth + 1;
    std::string child;
    bool jumped = false;
    for (;;) {
      TRY(const auto more, reader.next());
      if (!more || !is_within(reader.path(), path)) {
        return ok();
      }
      if (reader.head().depth == depth) {
        TRY(const auto entry, reader.entry());
        TRY(visit(entry.entry));
        child = reader.path();
        jumped = false;
        continue;
      }
      // A child may contain many entries: skip them in one jump, to the last place in the index that is still inside.
      const auto& place = index_.place(child + "/\xFF");
      if (!std::exchange(jumped, true) && compare_paths(place.path, reader.path()) > 0) {
        reader = CatalogReader(*catalog_, place.offset, place.path);
      }
    }
  }

  Result<> walk(const std::string& path, const std::function<Result<>(const TreeEntry&)>& visit) const override {
    auto reader = reader_at(path);
    TRY(seek(reader, path));
    for (bool more = true; more && is_within(reader.path(), path);) {
      TRY(const auto entry, reader.entry());
      TRY(visit(entry.entry));
      TRY(more, reader.next());
    }
    return ok();
  }

  Result<std::unique_ptr<vault::StreamReader>> read(const std::string& path) const override {
    TRY(const auto entry, entry_at(path));
    if (entry.entry.kind != EntryKind::file) {
      return invalid("not a file");
    }
    TRY(auto extents, all_extents(entry.content, open_));
    return open_(std::move(extents));
  }

 private:
  CatalogReader reader_at(std::string_view path) const {
    const auto& place = index_.place(path);
    return {*catalog_, place.offset, place.path};
  }

  Result<CatalogEntry> entry_at(const std::string& path) const {
    auto reader = reader_at(path);
    TRY(seek(reader, path));
    return reader.entry();
  }

  static Result<> seek(CatalogReader& reader, const std::string& path) {
    for (;;) {
      TRY(const auto more, reader.next());
      if (more && reader.path() == path) {
        return ok();
      }
      if (!more || compare_paths(reader.path(), path) > 0) {
        return not_found("the point has no such entry");
      }
    }
  }

  const TreeRoot root_;
  const vault::OpenStream open_;
  const std::unique_ptr<vault::StreamReader> catalog_;
  const CatalogIndex index_;
};

}  // namespace

Result<std::unique_ptr<TreeView>> TreeView::open(Bytes bytes, vault::OpenStream open) {
  TRY(auto root, read_tree_root(bytes));
  TRY(auto catalog, all_extents(root.catalog, open));
  TRY(auto index_extents, all_extents(root.index, open));
  TRY(auto index, CatalogIndex::read(*open(std::move(index_extents))));
  auto stream = open(std::move(catalog));
  return std::unique_ptr<TreeView>(
      std::make_unique<View>(std::move(root), std::move(open), std::move(stream), std::move(index)));
}

}  // namespace quaymaster::workload
