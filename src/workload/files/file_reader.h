#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "workload/files/handle.h"
#include "workload/files/part_list.h"
#include "workload/files/worker_pool.h"

namespace quaymaster::workload {

/// Per-thread state for reading, lent out: a buffer, and a writer whose frames contain what was read together.
class ReaderPool {
 public:
  struct Reader {
    Buffer buffer;
    std::unique_ptr<vault::StreamWriter> writer;
    std::uint64_t bytes = 0;  // of the files read with it
  };
  ReaderPool(vault::Session& session, vault::Cut cut, std::size_t buffer_size)
      : session_(session), cut_(cut), buffer_size_(buffer_size) {}

  std::unique_ptr<Reader> borrow();
  void give_back(std::unique_ptr<Reader> reader);

 private:
  vault::Session& session_;
  const vault::Cut cut_;
  const std::size_t buffer_size_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_;
};

/// Borrows a reader for its scope.
class BorrowedReader {
 public:
  explicit BorrowedReader(ReaderPool& pool) : pool_(pool), reader_(pool.borrow()) {}
  ~BorrowedReader() { pool_.give_back(std::move(reader_)); }
  BorrowedReader(const BorrowedReader&) = delete;
  BorrowedReader& operator=(const BorrowedReader&) = delete;
  ReaderPool::Reader* operator->() const { return reader_.get(); }

 private:
  ReaderPool& pool_;
  std::unique_ptr<ReaderPool::Reader> reader_;
};

/// Larger files are read in ranges of this size by several threads.
constexpr std::uint64_t kStretch = 64 * kMiB;

/// Stores the first `size` bytes of an open file without reading holes. A file that has become shorter yields what
/// there is. Errors of reading the file are returned in `unreadable`, those of the vault and of the heartbeat as the
/// result.
class FileReader {
 public:
  FileReader(vault::Session& session, WorkerPool& workers, ReaderPool& pool, Meter& meter)
      : session_(session), workers_(workers), pool_(pool), meter_(meter) {}
  Result<PartList> store(ReaderPool::Reader& reader, int file, std::uint64_t size, bool sparse,
                         std::optional<Error>& unreadable);

 private:
  Result<std::vector<vault::StreamPart>> range(ReaderPool::Reader& reader, int file, std::uint64_t from,
                                               std::uint64_t to, bool sparse, std::optional<Error>& unreadable);
  Result<PartList> stretches(int file, std::uint64_t size, bool sparse, std::optional<Error>& unreadable);

  vault::Session& session_;
  WorkerPool& workers_;
  ReaderPool& pool_;
  Meter& meter_;
};

/// Up to into.size() bytes at `offset`; fewer only at the end of the file.
Result<std::size_t> read_fully(int file, MutableBytes into, std::uint64_t offset);

}  // namespace quaymaster::workload
