#include "workload/files/part_list.h"

#include <algorithm>

namespace quaymaster::workload {
namespace {

constexpr std::size_t kIdSize = sizeof(vault::ChunkId::bytes);
constexpr std::size_t kLargestEncoded = 10 + kIdSize;  // size of one extent in bytes
constexpr std::size_t kStep = 16 * kKiB;
constexpr std::size_t kMostHandedOut = 256;  // at most 64 MiB of disk blocks

void append_extent(Buffer& buffer, const vault::StreamPart& extent) {
  append_number(buffer, extent.size << 1 | (extent.chunk ? 1 : 0));
  if (extent.chunk) {
    append(buffer, extent.chunk->bytes);
  }
}

vault::StreamPart read_extent(Cursor& cursor) {
  const auto number = cursor.number();
  vault::StreamPart extent{std::nullopt, number >> 1};
  if ((number & 1) != 0) {
    const auto id = cursor.bytes(kIdSize);
    if (cursor.failed()) {
      return {};
    }
    std::ranges::copy(id, extent.chunk.emplace().bytes.begin());
  }
  if (extent.size == 0) {
    cursor.fail();
  }
  return extent;
}

std::uint64_t sum(std::span<const vault::StreamPart> extents) {
  std::uint64_t size = 0;
  for (const auto& extent : extents) {
    size += extent.size;
  }
  return size;
}

}  // namespace

void append_list(Buffer& buffer, const PartList& list) {
  buffer.push_back(list.level);
  append_number(buffer, list.size);
  append_number(buffer, list.extents.size());
  for (const auto& extent : list.extents) {
    append_extent(buffer, extent);
  }
}

PartList read_list(Cursor& cursor) {
  PartList list;
  list.level = cursor.byte();
  list.size = cursor.number();
  const auto count = cursor.number();
  if (list.level > kHighestLevel || count > cursor.rest().size()) {  // an extent takes at least a byte
    cursor.fail();
    return list;
  }
  list.extents.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < count && !cursor.failed(); ++i) {
    list.extents.push_back(read_extent(cursor));
  }
  if (list.level == 0 && sum(list.extents) != list.size) {
    cursor.fail();
  }
  return list;
}

Result<> PartGatherer::append(std::span<const vault::StreamPart> extents) {
  list_.size += sum(extents);
  list_.extents.insert(list_.extents.end(), extents.begin(), extents.end());
  if (list_.extents.size() <= kMostDirectExtents) {
    return ok();
  }
  if (!spill_) {
    spill_ = session_.stream(vault::Cut::content);
  }
  Buffer bytes;
  for (const auto& extent : list_.extents) {
    append_extent(bytes, extent);
  }
  list_.extents.clear();
  return spill_->append(bytes);
}

Result<PartList> PartGatherer::finish() {
  if (!spill_) {
    return std::exchange(list_, {});
  }
  Buffer bytes;
  for (const auto& extent : list_.extents) {
    append_extent(bytes, extent);
  }
  TRY(const auto extents, spill_->finish(bytes));
  spill_.reset();
  PartGatherer above(session_);
  TRY(above.append(extents));
  TRY(auto list, above.finish());
  ++list.level;
  list.size = std::exchange(list_, {}).size;
  return list;
}

Result<> PartReader::begin() {
  begun_ = true;
  if (list_.level == 0) {
    return ok();
  }
  auto extents = list_.extents;
  for (auto level = list_.level; level > 1; --level) {  // lists of lists are short
    if (lists_) {
      TRY(lists_(extents));
    }
    const PartList above{1, 0, std::move(extents)};
    PartReader reader(above, open_);
    std::vector<vault::StreamPart> some;
    for (extents = {};;) {
      TRY(const auto more, reader.next(some));
      if (!more) {
        break;
      }
      extents.insert(extents.end(), some.begin(), some.end());
    }
  }
  if (lists_) {
    TRY(lists_(extents));
  }
  stream_ = open_(std::move(extents));
  return ok();
}

Result<bool> PartReader::next(std::vector<vault::StreamPart>& some) {
  if (!begun_) {
    TRY(begin());
  }
  some.clear();
  if (stream_) {
    return decode(some);
  }
  const auto end = std::min(list_.extents.size(), at_ + kMostHandedOut);
  some.assign(list_.extents.begin() + static_cast<std::ptrdiff_t>(at_),
              list_.extents.begin() + static_cast<std::ptrdiff_t>(end));
  at_ = end;
  return !some.empty();
}

Result<bool> PartReader::decode(std::vector<vault::StreamPart>& some) {
  Cursor cursor(bytes_);
  while (some.size() < kMostHandedOut) {
    if (cursor.rest().size() < kLargestEncoded && offset_ < stream_->size()) {
      Buffer further(cursor.rest().begin(), cursor.rest().end());
      const auto held = further.size();
      further.resize(held + kStep);
      TRY(const auto count, stream_->read(offset_, MutableBytes(further).subspan(held)));
      further.resize(held + count);
      offset_ += count;
      bytes_ = std::move(further);
      cursor = Cursor(bytes_);
    }
    if (cursor.rest().empty()) {
      break;
    }
    some.push_back(read_extent(cursor));
    if (cursor.failed()) {
      return corrupt("a list of extents cannot be read");
    }
  }
  bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(cursor.rest().size()));
  return !some.empty();
}

Result<> each_extent(const PartList& list, const vault::OpenStream& open, bool with_lists, const VisitParts& visit) {
  if (list.level == 0) {
    return visit(list.extents);
  }
  PartReader reader(list, open, with_lists ? visit : VisitParts());
  for (std::vector<vault::StreamPart> some;;) {
    TRY(const auto more, reader.next(some));
    if (!more) {
      return ok();
    }
    TRY(visit(some));
  }
}

Result<std::vector<vault::StreamPart>> all_extents(const PartList& list, const vault::OpenStream& open) {
  std::vector<vault::StreamPart> all;
  TRY(each_extent(list, open, false, [&](std::span<const vault::StreamPart> some) -> Result<> {
    all.insert(all.end(), some.begin(), some.end());
    return ok();
  }));
  if (sum(all) != list.size) {
    return corrupt("a list of extents has {} bytes instead of {}", sum(all), list.size);
  }
  return all;
}

}  // namespace quaymaster::workload
