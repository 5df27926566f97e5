#include "workload/files/file_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace quaymaster::workload {

std::unique_ptr<ReaderPool::Reader> ReaderPool::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  return std::make_unique<Reader>(Reader{Buffer(buffer_size_), session_.stream(cut_)});
}

void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(reader));
}

Result<std::size_t> read_fully(int file, MutableBytes into, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count = ::pread(file, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return system_error(errno, "read");
    }
    if (count == 0) {
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<PartList> FileReader::store(ReaderPool::Reader& reader, int file, std::uint64_t size, bool sparse,
                                   std::optional<Error>& unreadable) {
  reader.bytes += size;
  if (size > kStretch) {
    return stretches(file, size, sparse, unreadable);
  }
  PartList list;
  if (!sparse && size <= reader.buffer.size()) {  // nearly every file: one read without another copy
    const auto count = read_fully(file, MutableBytes(reader.buffer).first(size), 0);
    if (!count) {
      unreadable = count.error();
      return list;
    }
    TRY(list.extents, reader.writer->finish(Bytes(reader.buffer).first(count.value())));
    TRY(meter_.advance(count.value(), 0));
  } else {
    TRY(list.extents, range(reader, file, 0, size, sparse, unreadable));
  }
  for (const auto& extent : list.extents) {
    list.size += extent.size;
  }
  if (list.extents.size() <= kMostDirectExtents) {
    return list;
  }
  PartGatherer gatherer(session_);
  TRY(gatherer.append(list.extents));
  return gatherer.finish();
}

Result<PartList> FileReader::stretches(int file, std::uint64_t size, bool sparse, std::optional<Error>& unreadable) {
  struct Stretch {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };
  struct Stored {
    std::vector<vault::StreamPart> extents;
    std::optional<Error> unreadable;
    bool short_of_it = false;
  };
  PartGatherer gatherer(session_);
  std::uint64_t next = 0;
  bool ended = false;
  OrderedLine<Stretch, Stored> line(
      4 * workers_.threads(),
      [&](Stretch& stretch) -> Result<bool> {
        if (next >= size) {
          return false;
        }
        stretch = {next, std::min(size, next + kStretch)};
        next = stretch.to;
        return true;
      },
      [&](Stretch& stretch) -> Result<Stored> {
        const BorrowedReader reader(pool_);
        Stored stored;
        TRY(stored.extents, range(*reader.operator->(), file, stretch.from, stretch.to, sparse, stored.unreadable));
        std::uint64_t count = 0;
        for (const auto& extent : stored.extents) {
          count += extent.size;
        }
        stored.short_of_it = count < stretch.to - stretch.from;
        return stored;
      },
      [&](Stored& stored) -> Result<> {
        if (stored.unreadable && !unreadable) {
          unreadable = std::move(stored.unreadable);
        }
        if (ended || unreadable) {
          return ok();
        }
        ended = stored.short_of_it;  // it was truncated meanwhile: later ranges do not continue it
        return gatherer.append(stored.extents);
      });
  TRY(line.run(workers_));
  return gatherer.finish();
}

Result<std::vector<vault::StreamPart>> FileReader::range(ReaderPool::Reader& reader, int file, std::uint64_t from,
                                                         std::uint64_t to, bool sparse,
                                                         std::optional<Error>& unreadable) {
  auto at = from;
  while (at < to && !unreadable) {
    auto data_end = to;
    if (sparse) {
      const auto data = ::lseek(file, static_cast<off_t>(at), SEEK_DATA);
      auto data_at = data < 0 ? (errno == ENXIO ? to : at) : std::min(to, static_cast<std::uint64_t>(data));
      if (data < 0 && errno == ENXIO) {  // a hole to the end, unless the end has moved here
        struct stat status{};
        data_at = ::fstat(file, &status) == 0 ? std::min(to, static_cast<std::uint64_t>(status.st_size)) : at;
        data_at = std::max(data_at, at);
      }
      if (data_at > at) {
        TRY(reader.writer->append_zeros(data_at - at));
        TRY(meter_.advance(data_at - at, 0));
      }
      const bool cut_short = data < 0 && data_at < to;
      at = data_at;
      if (cut_short || at >= to) {
        break;
      }
      const auto hole = ::lseek(file, static_cast<off_t>(at), SEEK_HOLE);
      if (hole >= 0) {
        data_end = std::clamp(static_cast<std::uint64_t>(hole), at, to);
      }
    }
    while (at < data_end) {
      const auto want = std::min<std::uint64_t>(data_end - at, reader.buffer.size());
      const auto count = read_fully(file, MutableBytes(reader.buffer).first(want), at);
      if (!count) {
        unreadable = count.error();
        break;
      }
      TRY(reader.writer->append(Bytes(reader.buffer).first(count.value())));
      TRY(meter_.advance(count.value(), 0));
      at += count.value();
      if (count.value() < want) {
        to = at;
        break;
      }
    }
    if (!sparse) {
      break;
    }
  }
  return reader.writer->finish();
}

}  // namespace quaymaster::workload
