#include "workload/disk/qcow2_image.h"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>

#include "vault/pack/pack_source.h"
#include "workload/files/file_reader.h"

namespace quaymaster::workload {
namespace {

constexpr std::uint64_t kTableCache = 8 * kMiB;
constexpr std::uint64_t kClusterCache = 16 * kMiB;

class Qcow2Image final : public DiskImage {
 public:
  Qcow2Image(ImageFile file, const Qcow2Header& header, Buffer l1)
      : file_(std::move(file)), header_(header), l1_(std::move(l1)), tables_(kTableCache), clusters_(kClusterCache) {}

  std::uint64_t size() const override { return header_.size; }
  ImageFormat format() const override { return ImageFormat::qcow2; }
  Result<bool> changed() override { return file_.changed(); }
  std::optional<ImageStamp> stamp() const override { return file_.stamp; }

  Result<> read(std::uint64_t offset, MutableBytes into) override {
    while (!into.empty()) {
      const auto within = offset & (cluster_size() - 1);
      const auto part = into.first(std::min<std::uint64_t>(into.size(), cluster_size() - within));
      TRY(const auto entry, entry_of(offset));
      if (reads_zero(entry)) {
        std::ranges::fill(part, std::uint8_t{0});
      } else if ((entry & kQcow2Compressed) != 0) {
        TRY(const auto cluster, decompressed(entry));
        std::ranges::copy(Bytes(*cluster).subspan(within, part.size()), part.begin());
      } else {
        TRY(const auto at, cluster_at(entry));
        TRY(const auto count, read_fully(file_.file.get(), part, at + within));
        // The last cluster may be truncated in the file.
        std::ranges::fill(part.subspan(count), std::uint8_t{0});
      }
      into = into.subspan(part.size());
      offset += part.size();
    }
    return ok();
  }

  Result<std::uint64_t> next_data(std::uint64_t offset) override { return next(offset, false); }
  Result<std::uint64_t> next_hole(std::uint64_t offset) override { return next(offset, true); }

 private:
  std::uint64_t cluster_size() const { return std::uint64_t{1} << header_.cluster_bits; }
  unsigned covered_bits() const { return 2 * header_.cluster_bits - 3; }

  bool reads_zero(std::uint64_t entry) const {
    if ((entry & kQcow2Compressed) != 0) {
      return false;
    }
    return (entry & kQcow2Offset) == 0 || (header_.zeros_flag && (entry & kQcow2Zero) != 0);
  }

  Result<std::uint64_t> cluster_at(std::uint64_t entry) const {
    const auto at = entry & kQcow2Offset;
    if ((at & (cluster_size() - 1)) != 0 || at >= static_cast<std::uint64_t>(file_.opened.st_size)) {
      return corrupt("a cluster is at {} in a file of {} bytes", at, file_.opened.st_size);
    }
    return at;
  }

  std::uint64_t l1_entry(std::uint64_t offset) const {
    return load_be(Bytes(l1_).subspan((offset >> covered_bits()) * 8), 8);
  }

  Result<std::shared_ptr<const Buffer>> table(std::uint64_t l1) {
    TRY(const auto at, cluster_at(l1));
    if (auto cached = tables_.find(at)) {
      return cached;
    }
    auto table = std::make_shared<Buffer>(cluster_size());
    TRY(const auto count, read_fully(file_.file.get(), *table, at));
    if (count != table->size()) {
      return corrupt("a table at {} is truncated", at);
    }
    std::shared_ptr<const Buffer> shared = std::move(table);
    tables_.put(at, shared, shared->size());
    return shared;
  }

  /// The L2 entry that covers `offset`; 0: not allocated.
  Result<std::uint64_t> entry_of(std::uint64_t offset) {
    const auto l1 = l1_entry(offset);
    if ((l1 & kQcow2Offset) == 0) {
      return 0;
    }
    TRY(const auto l2, table(l1));
    const auto index = (offset >> header_.cluster_bits) & (cluster_size() / 8 - 1);
    return load_be(Bytes(*l2).subspan(index * 8), 8);
  }

  Result<std::shared_ptr<const Buffer>> decompressed(std::uint64_t entry) {
    const auto offset_bits = 62 - (header_.cluster_bits - 8);
    const auto at = entry & ((std::uint64_t{1} << offset_bits) - 1);
    const auto sectors = ((entry & (kQcow2Compressed - 1)) >> offset_bits) + 1;
    if (auto cached = clusters_.find(at)) {
      return cached;
    }
    Buffer stored(sectors * 512 - (at & 511));
    TRY(const auto count, read_fully(file_.file.get(), stored, at));
    stored.resize(count);
    auto cluster = std::make_shared<Buffer>(cluster_size());
    if (!(header_.zstd ? inflate_zstd(stored, *cluster) : inflate(stored, *cluster))) {
      return corrupt("a compressed cluster at {} cannot be read", at);
    }
    std::shared_ptr<const Buffer> shared = std::move(cluster);
    clusters_.put(at, shared, shared->size());
    return shared;
  }

  // Both stop at the end of the cluster: what follows the compressed bytes in their last sector belongs to others.
  static bool inflate(Buffer& stored, Buffer& cluster) {
    thread_local inflate_state state;
    isal_inflate_init(&state);
    state.next_in = stored.data();
    state.avail_in = static_cast<std::uint32_t>(stored.size());
    state.next_out = cluster.data();
    state.avail_out = static_cast<std::uint32_t>(cluster.size());
    state.crc_flag = ISAL_DEFLATE;
    const int answer = isal_inflate(&state);
    return answer == ISAL_DECOMP_OK && state.avail_out == 0;
  }
  static bool inflate_zstd(const Buffer& stored, Buffer& cluster) {
    thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
    ZSTD_inBuffer in{stored.data(), stored.size(), 0};
    ZSTD_outBuffer out{cluster.data(), cluster.size(), 0};
    while (out.pos < out.size) {
      const auto before = in.pos + out.pos;
      if (ZSTD_isError(ZSTD_decompressStream(context.get(), &out, &in)) || in.pos + out.pos == before) {
        return false;
      }
    }
    return true;
  }

  Result<std::uint64_t> next(std::uint64_t offset, bool hole) {
    const auto size = header_.size;
    while (offset < size) {
      const auto l1 = l1_entry(offset);
      const auto l2_end = std::min(size, ((offset >> covered_bits()) + 1) << covered_bits());
      if ((l1 & kQcow2Offset) == 0) {
        if (hole) {
          return offset;
        }
        offset = l2_end;
        continue;
      }
      for (; offset < l2_end; offset = ((offset >> header_.cluster_bits) + 1) << header_.cluster_bits) {
        TRY(const auto entry, entry_of(offset));
        if (reads_zero(entry) == hole) {
          return offset;
        }
      }
      offset = std::min(offset, size);
    }
    return size;
  }

  const ImageFile file_;
  const Qcow2Header header_;
  const Buffer l1_;
  vault::RecentlyUsed<Buffer> tables_;
  vault::RecentlyUsed<Buffer> clusters_;
};

}  // namespace

Result<std::unique_ptr<DiskImage>> qcow2_image(ImageFile file) {
  Buffer bytes(kQcow2LongestHeader);
  TRY(const auto count, read_fully(file.file.get(), bytes, 0));
  TRY(const auto header, parse_qcow2_header(Bytes(bytes).first(count)));
  Buffer l1(header.l1_entries * 8);
  const auto file_size = static_cast<std::uint64_t>(file.opened.st_size);
  if (header.l1_offset > file_size || l1.size() > file_size - header.l1_offset) {
    return corrupt("the level 1 table is past the end of the file");
  }
  TRY(const auto l1_count, read_fully(file.file.get(), l1, header.l1_offset));
  if (l1_count != l1.size()) {
    return corrupt("the level 1 table is truncated");
  }
  return std::unique_ptr<DiskImage>(std::make_unique<Qcow2Image>(std::move(file), header, std::move(l1)));
}

}  // namespace quaymaster::workload
