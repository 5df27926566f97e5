#include "workload/tree/catalog.h"

#include <algorithm>

namespace quaymaster::workload {
namespace {

constexpr std::string_view kMagic{"QMTREE\0\0", 8};
constexpr std::size_t kReadStep = 128 * kKiB;
constexpr std::size_t kWriteStep = 1 * kMiB;

}  // namespace

Buffer write_tree_root(const TreeRoot& root) {
  Buffer bytes;
  append(bytes, as_bytes(kMagic));
  append_le(bytes, kTreeVersion);
  append_number(bytes, root.items);
  append_number(bytes, root.bytes);
  append_list(bytes, root.catalog);
  append_list(bytes, root.index);
  return bytes;
}

bool is_tree_root(Bytes root) {
  return root.size() >= kMagic.size() + 4 && std::ranges::equal(root.first(kMagic.size()), as_bytes(kMagic));
}

Result<TreeRoot> read_tree_root(Bytes bytes) {
  if (!is_tree_root(bytes)) {
    return invalid("not the root of a file tree");
  }
  if (const auto version = load_le32(bytes.subspan(kMagic.size())); version > kTreeVersion) {
    return unsupported("a tree's root of version {}", version);
  }
  Cursor cursor(bytes.subspan(kMagic.size() + 4));
  TreeRoot root;
  root.items = cursor.number();
  root.bytes = cursor.number();
  root.catalog = read_list(cursor);
  root.index = read_list(cursor);
  if (cursor.failed() || !cursor.rest().empty()) {
    return corrupt("a tree's root cannot be read");
  }
  return root;
}

CatalogWriter::CatalogWriter(vault::Session& session)
    : session_(session), catalog_(session.stream(vault::Cut::content)), since_(kCatalogBlock) {}

Result<> CatalogWriter::append(Bytes entries, std::string_view path) {
  if (since_ >= kCatalogBlock) {
    append_number(index_, index_.empty() ? 0 : since_);
    append_text(index_, path);
    since_ = 0;
  }
  since_ += entries.size();
  quaymaster::append(block_, entries);
  if (block_.size() < kWriteStep) {
    return ok();
  }
  TRY(catalog_->append(block_));
  block_.clear();
  return ok();
}

Result<> CatalogWriter::finish(TreeRoot& root) {
  const auto store = [this](Bytes last, PartList& list) -> Result<> {
    TRY(const auto extents, catalog_->finish(last));
    PartGatherer gatherer(session_);
    TRY(gatherer.append(extents));
    TRY(list, gatherer.finish());
    return ok();
  };
  TRY(store(block_, root.catalog));
  return store(index_, root.index);
}

Result<bool> CatalogReader::next() {
  at_ += head_.size;
  head_ = {};
  for (;;) {
    TRY(const auto head, read_head(Bytes(bytes_).subspan(at_)));
    if (head) {
      head_ = *head;
      break;
    }
    if (offset_ >= stream_->size()) {
      if (at_ == bytes_.size()) {
        return false;
      }
      return corrupt("the catalog ends within an entry");
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    const auto held = bytes_.size();
    bytes_.resize(held + kReadStep);
    TRY(const auto count, stream_->read(offset_, MutableBytes(bytes_).subspan(held)));
    bytes_.resize(held + count);
    offset_ += count;
  }
  if (depth_ == kUnknown) {  // path_ is what the index said about this entry
    depth_ = path_.empty() ? 0 : 1 + static_cast<std::uint64_t>(std::ranges::count(path_, '/'));
    if (head_.depth != depth_ || head_.name != last_name(path_)) {
      return corrupt("the catalog's index names another entry");
    }
    return true;
  }
  if (head_.depth == 0 || head_.depth > depth_ + 1) {
    return corrupt("an entry of the catalog has no parent");
  }
  for (; depth_ >= head_.depth; --depth_) {
    path_.resize(parent_of(path_).size());
  }
  path_ = join(path_, head_.name);
  depth_ = head_.depth;
  return true;
}

Result<CatalogIndex> CatalogIndex::read(vault::StreamReader& stream) {
  Buffer bytes(static_cast<std::size_t>(stream.size()));
  TRY(const auto count, stream.read(0, bytes));
  Cursor cursor(Bytes(bytes).first(count));
  CatalogIndex index;
  std::uint64_t offset = 0;
  while (!cursor.rest().empty()) {
    offset += cursor.number();
    std::string path(cursor.text());
    if (!index.places_.empty() && compare_paths(index.places_.back().path, path) >= 0) {
      cursor.fail();
    }
    index.places_.push_back({std::move(path), offset});
  }
  if (cursor.failed() || index.places_.empty() || !index.places_[0].path.empty() || index.places_[0].offset != 0) {
    return corrupt("the index of a catalog cannot be read");
  }
  return index;
}

const CatalogIndex::Place& CatalogIndex::place(std::string_view path) const {
  const auto after = std::ranges::upper_bound(
      places_, path, [](std::string_view a, std::string_view b) { return compare_paths(a, b) < 0; }, &Place::path);
  return *(after - 1);  // the first place is the root's, which sorts before everything
}

}  // namespace quaymaster::workload
