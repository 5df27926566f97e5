#include <algorithm>
#include <map>

#include "base/check.h"
#include "drive/format/drive_journal.h"

using namespace quaymaster;

namespace {

/// One file in memory.
class MemoryFile final : public File {
 public:
  explicit MemoryFile(Buffer& bytes) : bytes_(bytes) {}
  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
    if (offset >= bytes_.size()) {
      return std::size_t{0};
    }
    const auto size = std::min<std::size_t>(into.size(), bytes_.size() - offset);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), size, into.begin());
    return size;
  }
  Result<> write_at(Bytes bytes, std::uint64_t offset) override {
    bytes_.resize(std::max<std::size_t>(bytes_.size(), offset + bytes.size()));
    std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    return ok();
  }
  Result<> sync() override { return ok(); }
  Result<std::uint64_t> size() override { return bytes_.size(); }
  Result<> truncate(std::uint64_t size) override {
    bytes_.resize(size);
    return ok();
  }
  Result<> reserve(std::uint64_t, std::uint64_t) override { return ok(); }
  int descriptor() const override { return -1; }

 private:
  Buffer& bytes_;
};

class MemoryDisk final : public Disk {
 public:
  Buffer bytes;
  Result<std::unique_ptr<File>> open(const Path&, OpenMode) override { return std::make_unique<MemoryFile>(bytes); }
  Result<FileStatus> status(const Path&) override { return not_found("nothing"); }
  Result<std::vector<std::string>> list(const Path&) override { return std::vector<std::string>(); }
  Result<> make_directories(const Path&) override { return ok(); }
  Result<> rename(const Path&, const Path&) override { return ok(); }
  Result<> rename_new(const Path&, const Path&) override { return ok(); }
  Result<> remove(const Path&) override { return ok(); }
  Result<> sync_directory(const Path&) override { return ok(); }
  Result<std::uint64_t> free_bytes(const Path&) override { return 0; }
};

}  // namespace

/// A journal of any bytes is refused or read; what was opened once opens again with the same records and one more.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MemoryDisk disk;
  disk.bytes.assign(data, data + size);
  std::size_t records = 0;
  const auto count = [&](const drive::JournalRecord&) -> Result<> {
    ++records;
    return ok();
  };
  auto journal = drive::DriveJournal::open(disk, "journal", count);
  if (!journal) {
    check(disk.bytes.size() == size && std::equal(disk.bytes.begin(), disk.bytes.end(), data));
    return 0;
  }
  check(journal.value().add({}).has_value() && journal.value().commit().has_value());
  const auto before = std::exchange(records, 0);
  check(drive::DriveJournal::read(disk, "journal", count).has_value());
  check(records == before + 1);
  return 0;
}
