#include "workload/disk/disk_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "workload/disk/qcow2_image.h"
#include "workload/files/file_writer.h"

namespace quaymaster::workload {
namespace {

bool holds_data(Bytes ids, std::size_t number) {
  return std::ranges::any_of(ids.subspan(number * kBlockIdSize, kBlockIdSize), [](auto byte) { return byte != 0; });
}

class RawWriter final : public DiskWriter {
 public:
  RawWriter(int file, std::uint64_t disk_size) : file_(file), disk_size_(disk_size) {}

  Result<std::vector<std::uint64_t>> place(std::uint64_t offset, Bytes ids) override {
    std::vector<std::uint64_t> places;
    for (std::size_t i = 0; i < ids.size() / kBlockIdSize; ++i) {
      if (holds_data(ids, i)) {
        places.push_back(offset + i * kBlock);
      }
    }
    return places;
  }
  Result<> finish() override {
    if (::ftruncate(file_, static_cast<off_t>(disk_size_)) != 0) {
      return system_error(errno, "set the size of an image");
    }
    return ok();
  }

 private:
  const int file_;
  const std::uint64_t disk_size_;
};

constexpr std::uint64_t kCluster = 64 * kKiB;
constexpr std::uint64_t kClustersABlock = kBlock / kCluster;
constexpr std::uint64_t kTableEntries = kCluster / 8;
constexpr std::uint64_t kCovered = kTableEntries * kCluster;  // by one L2 table
constexpr std::uint64_t kCountsACluster = kCluster / 2;       // reference counts of 16 bits

/// Layout: header, L1; then for each 512 MiB with data its L2 table and the data; then the reference counts (all one)
/// and their table.
class Qcow2Writer final : public DiskWriter {
 public:
  Qcow2Writer(int file, std::uint64_t disk_size) : file_(file), disk_size_(disk_size) {
    l1_.resize((disk_size + kCovered - 1) / kCovered);
    const auto l1_clusters = (std::max<std::uint64_t>(1, l1_.size()) * 8 + kCluster - 1) / kCluster;
    next_ = (1 + l1_clusters) * kCluster;
  }

  Result<std::vector<std::uint64_t>> place(std::uint64_t offset, Bytes ids) override {
    std::vector<std::uint64_t> places;
    for (std::size_t i = 0; i < ids.size() / kBlockIdSize; ++i, offset += kBlock) {
      if (!holds_data(ids, i)) {
        continue;
      }
      if (l2_.empty() || l1_at_ != offset / kCovered) {
        TRY(flush_table());
        l1_at_ = offset / kCovered;
        l1_[l1_at_] = next_;
        next_ += kCluster;
        l2_.assign(kTableEntries, 0);
      }
      places.push_back(next_);
      for (std::uint64_t k = 0; k < kClustersABlock && offset + k * kCluster < disk_size_; ++k, next_ += kCluster) {
        l2_[(offset + k * kCluster) % kCovered / kCluster] = next_ | kQcow2Copied;
      }
    }
    return places;
  }

  Result<> finish() override {
    TRY(flush_table());
    const auto l1_bytes = table_bytes(l1_, kQcow2Copied);
    TRY(write_fully(file_, l1_bytes, kCluster));

    // The counts also cover themselves and their table.
    const auto counts_at = next_;
    std::uint64_t count_clusters = 0;
    std::uint64_t table_clusters = 0;
    for (;;) {
      const auto all = counts_at / kCluster + count_clusters + table_clusters;
      const auto counts = (all + kCountsACluster - 1) / kCountsACluster;
      const auto table = (counts + kTableEntries - 1) / kTableEntries;
      if (counts == count_clusters && table == table_clusters) {
        break;
      }
      count_clusters = counts;
      table_clusters = table;
    }
    const auto table_at = counts_at + count_clusters * kCluster;
    const auto end = table_at + table_clusters * kCluster;
    for (std::uint64_t i = 0; i < count_clusters; ++i) {
      Buffer counts(kCluster);
      const auto used = std::min(kCountsACluster, end / kCluster - i * kCountsACluster);
      for (std::uint64_t k = 0; k < used; ++k) {
        counts[2 * k + 1] = 1;
      }
      TRY(write_fully(file_, counts, counts_at + i * kCluster));
    }
    std::vector<std::uint64_t> table;
    for (std::uint64_t i = 0; i < count_clusters; ++i) {
      table.push_back(counts_at + i * kCluster);
    }
    auto bytes = table_bytes(table, 0);
    bytes.resize(table_clusters * kCluster);
    TRY(write_fully(file_, bytes, table_at));
    return write_fully(file_, header(table_at, table_clusters), 0);
  }

 private:
  static Buffer table_bytes(const std::vector<std::uint64_t>& entries, std::uint64_t flag) {
    Buffer bytes;
    for (const auto entry : entries) {
      append_be(bytes, entry == 0 ? 0 : entry | flag, 8);
    }
    return bytes;
  }

  Result<> flush_table() {
    if (l2_.empty()) {
      return ok();
    }
    TRY(write_fully(file_, table_bytes(l2_, 0), l1_[l1_at_]));
    l2_.clear();
    return ok();
  }

  Buffer header(std::uint64_t table_at, std::uint64_t table_clusters) const {
    Buffer bytes{'Q', 'F', 'I', 0xFB};
    append_be(bytes, 3, 4);
    append_be(bytes, 0, 8 + 4);  // no backing file
    append_be(bytes, 16, 4);     // cluster bits
    append_be(bytes, disk_size_, 8);
    append_be(bytes, 0, 4);  // not encrypted
    append_be(bytes, l1_.size(), 4);
    append_be(bytes, kCluster, 8);
    append_be(bytes, table_at, 8);
    append_be(bytes, table_clusters, 4);
    append_be(bytes, 0, 4 + 8);      // no snapshots
    append_be(bytes, 0, 8 + 8 + 8);  // no features
    append_be(bytes, 4, 4);          // reference counts of 16 bits
    append_be(bytes, 104, 4);        // length of this header
    append_be(bytes, 0, 8);          // no header extensions
    return bytes;
  }

  const int file_;
  const std::uint64_t disk_size_;
  std::uint64_t next_ = 0;  // first free byte of the file
  std::vector<std::uint64_t> l1_;
  std::uint64_t l1_at_ = 0;        // the L1 entry of l2_
  std::vector<std::uint64_t> l2_;  // being filled
};

}  // namespace

std::unique_ptr<DiskWriter> raw_writer(int file, std::uint64_t disk_size) {
  return std::make_unique<RawWriter>(file, disk_size);
}
std::unique_ptr<DiskWriter> qcow2_writer(int file, std::uint64_t disk_size) {
  return std::make_unique<Qcow2Writer>(file, disk_size);
}

}  // namespace quaymaster::workload
