#include "workload/extent_list.h"

#include <algorithm>

namespace quaymaster::workload {
namespace {

constexpr std::size_t kIdSize = sizeof(vault::ChunkId::bytes);
constexpr std::size_t kLargestEncoded = 10 + kIdSize;  // bytes of one extent
constexpr std::size_t kStep = 16 * kKiB;

void append_extent(Buffer& buffer, const vault::Extent& extent) {
  append_number(buffer, extent.size << 1 | (extent.chunk ? 1 : 0));
  if (extent.chunk)
    append(buffer, extent.chunk->bytes);
}

vault::Extent read_extent(Cursor& cursor) {
  const auto number = cursor.number();
  vault::Extent extent{std::nullopt, number >> 1};
  if ((number & 1) != 0) {
    const auto id = cursor.bytes(kIdSize);
    if (cursor.failed())
      return {};
    std::ranges::copy(id, extent.chunk.emplace().bytes.begin());
  }
  if (extent.size == 0)
    cursor.fail();
  return extent;
}

std::uint64_t sum(std::span<const vault::Extent> extents) {
  std::uint64_t size = 0;
  for (const auto& extent : extents) size += extent.size;
  return size;
}

/// Visits the extents that a stream holds the list of.
Result<> decode(vault::StreamReader& stream, const VisitExtents& visit) {
  std::vector<vault::Extent> some;
  Buffer bytes;
  for (std::uint64_t offset = 0; offset < stream.size();) {
    const auto held = bytes.size();
    bytes.resize(held + kStep);
    TRY(const auto count, stream.read(offset, MutableBytes(bytes).subspan(held)));
    bytes.resize(held + count);
    offset += count;
    Cursor cursor(bytes);
    while (!cursor.rest().empty() && (offset == stream.size() || cursor.rest().size() >= kLargestEncoded))
      some.push_back(read_extent(cursor));
    if (cursor.failed())
      return corrupt("a list of extents can not be read");
    bytes.erase(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(cursor.rest().size()));
    TRY(visit(some));
    some.clear();
  }
  return ok();
}

}  // namespace

void append_list(Buffer& buffer, const ExtentList& list) {
  buffer.push_back(list.level);
  append_number(buffer, list.size);
  append_number(buffer, list.extents.size());
  for (const auto& extent : list.extents) append_extent(buffer, extent);
}

ExtentList read_list(Cursor& cursor) {
  ExtentList list;
  list.level = cursor.byte();
  list.size = cursor.number();
  const auto count = cursor.number();
  if (list.level > kHighestLevel || count > cursor.rest().size()) {  // an extent takes a byte at least
    cursor.fail();
    return list;
  }
  list.extents.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < count && !cursor.failed(); ++i) list.extents.push_back(read_extent(cursor));
  if (list.level == 0 && sum(list.extents) != list.size)
    cursor.fail();
  return list;
}

Result<> ExtentGatherer::append(std::span<const vault::Extent> extents) {
  list_.size += sum(extents);
  list_.extents.insert(list_.extents.end(), extents.begin(), extents.end());
  if (list_.extents.size() <= kMostDirectExtents)
    return ok();
  if (!spill_)
    spill_ = session_.stream(vault::Cut::content);
  Buffer bytes;
  for (const auto& extent : list_.extents) append_extent(bytes, extent);
  list_.extents.clear();
  return spill_->append(bytes);
}

Result<ExtentList> ExtentGatherer::finish() {
  if (!spill_)
    return std::exchange(list_, {});
  Buffer bytes;
  for (const auto& extent : list_.extents) append_extent(bytes, extent);
  TRY(const auto extents, spill_->finish(bytes));
  spill_.reset();
  ExtentGatherer above(session_);
  TRY(above.append(extents));
  TRY(auto list, above.finish());
  ++list.level;
  list.size = std::exchange(list_, {}).size;
  return list;
}

Result<> each_extent(const ExtentList& list, const vault::OpenStream& open, bool with_lists,
                     const VisitExtents& visit) {
  auto extents = list.extents;
  for (auto level = list.level; level > 1; --level) {  // lists of lists are short
    if (with_lists) {
      TRY(visit(extents));
    }
    std::vector<vault::Extent> below;
    TRY(decode(*open(std::move(extents)), [&below](std::span<const vault::Extent> some) -> Result<> {
      below.insert(below.end(), some.begin(), some.end());
      return ok();
    }));
    extents = std::move(below);
  }
  if (list.level == 0)
    return visit(extents);
  if (with_lists) {
    TRY(visit(extents));
  }
  return decode(*open(std::move(extents)), visit);
}

Result<std::vector<vault::Extent>> all_extents(const ExtentList& list, const vault::OpenStream& open) {
  std::vector<vault::Extent> all;
  TRY(each_extent(list, open, false, [&](std::span<const vault::Extent> some) -> Result<> {
    all.insert(all.end(), some.begin(), some.end());
    return ok();
  }));
  if (sum(all) != list.size)
    return corrupt("a list of extents has {} bytes instead of {}", sum(all), list.size);
  return all;
}

}  // namespace quaymaster::workload
