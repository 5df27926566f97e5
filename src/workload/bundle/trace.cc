#include "workload/bundle/bundle.h"
#include "workload/disk/disk_root.h"
#include "workload/tree/catalog.h"

namespace quaymaster::workload {
namespace {

using Visit = std::function<Result<>(const vault::StreamPart&)>;

VisitParts one_by_one(const Visit& visit) {
  return [&visit](std::span<const vault::StreamPart> extents) -> Result<> {
    for (const auto& extent : extents) {
      TRY(visit(extent));
    }
    return ok();
  };
}

Result<> trace_tree(Bytes bytes, const vault::OpenStream& open, const Visit& visit) {
  TRY(const auto root, read_tree_root(bytes));
  const auto each = one_by_one(visit);
  TRY(each_extent(root.index, open, true, each));
  TRY(each_extent(root.catalog, open, true, each));
  TRY(auto extents, all_extents(root.catalog, open));
  const auto stream = open(std::move(extents));
  CatalogReader reader(*stream);
  for (;;) {
    TRY(const auto more, reader.next());
    if (!more) {
      return ok();
    }
    if (reader.head().kind != EntryKind::file) {
      continue;
    }
    TRY(const auto entry, reader.entry());
    TRY(each_extent(entry.content, open, true, each));
  }
}

Result<> trace_disk(Bytes bytes, const vault::OpenStream& open, const Visit& visit) {
  TRY(const auto root, read_disk_root(bytes));
  TRY(each_extent(root.map, open, true, one_by_one(visit)));
  TRY(auto extents, all_extents(root.map, open));
  const auto map = open(std::move(extents));
  Buffer ids(4096 * kBlockIdSize);
  for (std::uint64_t offset = 0; offset < map->size();) {
    if (const auto zeros = map->zeros_at(offset) / kBlockIdSize * kBlockIdSize; zeros != 0) {
      offset += zeros;
      continue;
    }
    TRY(const auto count, map->read(offset, ids));
    for (const auto& extent : extents_of(Bytes(ids).first(count), offset / kBlockIdSize, root.size)) {
      TRY(visit(extent));
    }
    offset += count;
  }
  return ok();
}

Result<> trace_source(Bytes root, const vault::OpenStream& open, const Visit& visit) {
  if (is_tree_root(root)) {
    return trace_tree(root, open, visit);
  }
  if (is_disk_root(root)) {
    return trace_disk(root, open, visit);
  }
  return corrupt("a recovery point of an unknown kind");
}

Result<> trace_bundle(Bytes root, const vault::OpenStream& open, const Visit& visit) {
  TRY(const auto bundle, read_bundle(root));
  for (const auto& part : bundle.parts) {
    TRY(trace_source(part.root, open, visit));
  }
  return ok();
}

}  // namespace

vault::Trace trace() {
  return [](Bytes root, const vault::OpenStream& open, const Visit& visit) {
    return is_bundle_root(root) ? trace_bundle(root, open, visit) : trace_source(root, open, visit);
  };
}

}  // namespace quaymaster::workload
