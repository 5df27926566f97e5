#include "workload/files/file_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "workload/files/file_reader.h"

namespace quaymaster::workload {
namespace {

constexpr std::size_t kShared = 64;  // number of extents from which other threads help with a file

struct Stretch {
  std::uint64_t offset = 0;
  std::vector<vault::StreamPart> extents;
};
struct Nothing {};

/// Processes each range of the stream; large streams with the help of the workers.
Result<> each_stretch(const PartList& content, const vault::OpenStream& open, WorkerPool& workers,
                      const std::function<Result<>(Stretch& stretch)>& work) {
  if (content.level == 0 && content.extents.size() < kShared) {
    Stretch whole{0, content.extents};
    return work(whole);
  }
  PartReader extents(content, open);
  std::uint64_t offset = 0;
  OrderedLine<Stretch, Nothing> line(
      4 * workers.threads(),
      [&](Stretch& stretch) -> Result<bool> {
        TRY(const auto more, extents.next(stretch.extents));
        stretch.offset = offset;
        for (const auto& extent : stretch.extents) {
          offset += extent.size;
        }
        return more;
      },
      [&](Stretch& stretch) -> Result<Nothing> {
        TRY(work(stretch));
        return Nothing{};
      },
      [](Nothing&) -> Result<> { return ok(); });
  TRY(line.run(workers));
  if (offset != content.size) {
    return corrupt("a list of extents has {} bytes instead of {}", offset, content.size);
  }
  return ok();
}

bool all_zero(Bytes bytes) {
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// Compares ranges of one file with their expected contents. `same` turns false at the first difference.
class Comparison {
 public:
  Comparison(int file, const vault::OpenStream& open, Meter& meter) : file_(file), open_(open), meter_(meter) {}

  bool same() const { return same_; }
  std::uint64_t done() const { return done_; }

  Result<> compare(Stretch& stretch) {
    const auto reader = open_(std::move(stretch.extents));
    Buffer buffer;
    for (std::uint64_t at = 0; same_ && at < reader->size();) {
      const auto zeros = reader->zeros_at(at);
      std::uint64_t size = zeros;
      if (zeros != 0) {
        TRY(compare_zeros(stretch.offset + at, zeros, buffer));
      } else {
        TRY(const auto piece, reader->piece(at));
        size = piece.bytes.size();
        buffer.resize(std::max<std::size_t>(buffer.size(), size));
        TRY(const auto count, read_fully(file_, MutableBytes(buffer).first(size), stretch.offset + at));
        if (count != size || std::memcmp(buffer.data(), piece.bytes.data(), size) != 0) {
          same_ = false;
        }
      }
      at += size;
      done_ += size;
      TRY(meter_.advance(size, 0));
    }
    return ok();
  }

 private:
  Result<> compare_zeros(std::uint64_t offset, std::uint64_t size, Buffer& buffer) {
    const auto end = offset + size;
    while (same_ && offset < end) {
      const auto data = ::lseek(file_, static_cast<off_t>(offset), SEEK_DATA);
      if (data < 0 && errno == ENXIO) {
        return ok();  // a hole to the end
      }
      offset = data < 0 ? offset : static_cast<std::uint64_t>(data);
      if (offset >= end) {
        return ok();
      }
      buffer.resize(std::max<std::size_t>(buffer.size(), 256 * kKiB));
      const auto some = std::min<std::uint64_t>(buffer.size(), end - offset);
      TRY(const auto count, read_fully(file_, MutableBytes(buffer).first(some), offset));
      if (count != some || !all_zero(Bytes(buffer).first(some))) {
        same_ = false;
      }
      offset += some;
    }
    return ok();
  }

  const int file_;
  const vault::OpenStream& open_;
  Meter& meter_;
  std::atomic<bool> same_{true};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace

Result<> write_fully(int file, Bytes bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return system_error(errno, "write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return ok();
}

SharedFile::SharedFile(int file, Cache cache) : file_(file) {
  if (cache == Cache::past) {
    direct_ = Handle(::open(fmt::format("/proc/self/fd/{}", file).c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC));
  }
}

/// False: not all of it was written; retry through the cache, which also reports the reason.
bool SharedFile::write_direct(Bytes bytes, std::uint64_t offset) {
  if (!direct_ || reinterpret_cast<std::uintptr_t>(bytes.data()) % kDirect != 0 || offset % kDirect != 0 ||
      bytes.size() % kDirect != 0) {
    return false;
  }
  const auto count = ::pwrite(direct_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (count < 0 && errno == EINVAL) {
    direct_.reset();  // this file system needs a larger alignment
  }
  return count == static_cast<ssize_t>(bytes.size());
}

Result<> SharedFile::write(Bytes bytes, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  if (write_direct(bytes, offset)) {
    return ok();
  }
  return write_fully(file_, bytes, offset);
}

void SharedFile::start_writeback(std::uint64_t offset, std::uint64_t size) const {
  // Any failure is reported by the sync.
  ::sync_file_range(file_, static_cast<off64_t>(offset), static_cast<off64_t>(size), SYNC_FILE_RANGE_WRITE);
}

Result<> write_stretch(SharedFile& file, std::uint64_t offset, std::vector<vault::StreamPart> extents,
                       const vault::OpenStream& open, Meter& meter) {
  const auto reader = open(std::move(extents));
  for (std::uint64_t at = 0; at < reader->size();) {
    if (const auto zeros = reader->zeros_at(at); zeros != 0) {
      at += zeros;
      TRY(meter.advance(zeros, 0));
      continue;
    }
    TRY(const auto piece, reader->piece(at));
    TRY(file.write(piece.bytes, offset + at));
    TRY(meter.advance(piece.bytes.size(), 0));
    at += piece.bytes.size();
  }
  return ok();
}

Result<> write_content(int file, const PartList& content, const vault::OpenStream& open, WorkerPool& workers,
                       Meter& meter) {
  if (content.size == 0) {
    return ok();
  }
  SharedFile shared(file);
  const bool is_large = content.level != 0 || content.extents.size() >= kShared;
  TRY(each_stretch(content, open, workers, [&](Stretch& stretch) -> Result<> {
    std::uint64_t size = 0;
    for (const auto& extent : stretch.extents) {
      size += extent.size;
    }
    TRY(write_stretch(shared, stretch.offset, std::move(stretch.extents), open, meter));
    if (is_large) {
      shared.start_writeback(stretch.offset, size);
    }
    return ok();
  }));
  const auto last_is_hole = content.level > 0 || !content.extents.back().chunk;
  if (last_is_hole && ::ftruncate(file, static_cast<off_t>(content.size)) != 0) {
    return system_error(errno, "set the size");
  }
  return ok();
}

Result<bool> has_content(int file, const PartList& content, const vault::OpenStream& open, WorkerPool& workers,
                         Meter& meter) {
  struct stat status{};
  if (::fstat(file, &status) != 0 || static_cast<std::uint64_t>(status.st_size) != content.size) {
    return false;
  }
  if (content.size == 0) {
    return true;
  }
  Comparison comparison(file, open, meter);
  TRY(each_stretch(content, open, workers, [&](Stretch& stretch) { return comparison.compare(stretch); }));
  if (!comparison.same()) {
    meter.expect(comparison.done(), 0);
  }
  return comparison.same();
}

}  // namespace quaymaster::workload
