// The sealed parts of a vault's objects, and the indexes before them: an attacker who has the key of the vault, or can
// exchange unsealed parts, must cause nothing worse than Errc::corrupt. The first byte selects the format.

#include <algorithm>

#include "base/check.h"
#include "base/digests/checksum.h"
#include "vault/core/point_format.h"
#include "vault/index/index_run.h"
#include "vault/pack/pack_format.h"

namespace {

using namespace quaymaster;
using namespace quaymaster::vault;

/// A read-only store of one object.
class OneObject final : public objects::ObjectStore {
 public:
  explicit OneObject(Buffer bytes) : bytes_(std::move(bytes)) {}
  Result<> put(const objects::Name&, Bytes) override { return conflict("read-only"); }
  Result<std::unique_ptr<objects::ObjectWriter>> create(const objects::Name&) override { return conflict("read-only"); }
  Result<std::unique_ptr<objects::ObjectWriter>> reopen(const objects::Name&) override { return conflict("read-only"); }
  Result<std::size_t> read(const objects::Name&, std::uint64_t offset, MutableBytes into) override {
    check(into.size() <= bytes_.size());  // reads never ask for more than the object can have
    if (offset >= bytes_.size()) {
      return 0;
    }
    const auto some = Bytes(bytes_).subspan(offset, std::min<std::size_t>(into.size(), bytes_.size() - offset));
    std::ranges::copy(some, into.begin());
    return some.size();
  }
  Result<std::uint64_t> size(const objects::Name&) override { return bytes_.size(); }
  Result<> remove(const objects::Name&) override { return conflict("read-only"); }
  Result<std::vector<objects::Name>> list(std::string_view, std::string_view, std::size_t) override {
    return std::vector<objects::Name>();
  }
  Result<std::uint64_t> free_bytes() override { return 0; }

 private:
  Buffer bytes_;
};

void read_run(Buffer object) {
  OneObject objects(std::move(object));
  PageCache cache(64 * kKiB);
  const auto run = IndexRun::open(objects, "v", SealKey{}, Guid{}, 1, cache);
  if (!run) {
    return;
  }
  std::vector<Location> places;
  for (std::uint8_t i = 0; i < 8; ++i) {
    static_cast<void>(run.value()->find(ChunkId{{i, 1, 2, i, 4, 5}}, places));
  }
  static_cast<void>(run.value()->verify());
  const auto scan = run.value()->scan();
  IndexRecord record;
  for (auto more = scan(record); more && more.value();) {
    more = scan(record);
  }
}

/// A run's object with a valid checksum: the header's numbers and everything after it as given.
void read_run_with_checksum(Bytes bytes) {
  Buffer object(bytes.begin(), bytes.end());
  if (object.size() < 64) {
    return;
  }
  std::ranges::copy(as_bytes(std::string_view("QMVINDX\0", 8)), object.begin());
  store_le(crc32c(Bytes(object).first(60)), MutableBytes(object).subspan(60));
  read_run(std::move(object));
}

/// One page and a filter of one block, sealed as the vault would.
void read_run_with_page(Bytes bytes) {
  constexpr std::size_t kPage = 4080;
  const auto key = derive_key(SealKey{}, Guid{}.bytes, "one run");
  Buffer object;
  append(object, as_bytes(std::string_view("QMVINDX\0", 8)));
  for (const std::uint32_t number : {1U, 0U, 1U, 0U}) {
    append_le(object, number);
  }
  for (const std::uint64_t number : {1UL, 1UL, 1UL, 64UL}) {
    append_le(object, number);
  }
  append_le(object, std::uint32_t{0});
  append_le(object, crc32c(object));
  Buffer page(kPage);
  std::ranges::copy(bytes.first(std::min(bytes.size(), kPage)), page.begin());
  Buffer sealed(kPage + kSealTag);
  seal(key, SealNonce{}, Guid{}.bytes, page, sealed);
  append(object, sealed);
  sealed.resize(64 + kSealTag);
  seal(key, SealNonce{0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}, Guid{}.bytes, Buffer(64, 0xFF), sealed);
  append(object, sealed);
  read_run(std::move(object));
}

/// A trailer with a valid checksum, in a pack of the size that it says.
void read_pack_trailer(Bytes bytes) {
  if (bytes.size() < kPackTrailerSize + 4) {
    return;
  }
  Buffer trailer(bytes.begin(), bytes.begin() + kPackTrailerSize);
  store_le(crc32c(Bytes(trailer).first(20)), MutableBytes(trailer).subspan(20));
  std::ranges::copy(as_bytes(kPackEnd), trailer.begin() + 24);
  const std::uint64_t size = load_le32(bytes.subspan(kPackTrailerSize));
  if (const auto read = read_trailer(trailer, size)) {
    const auto& t = read.value();
    check(t.index_offset < size && t.index_size < size && t.index_offset + t.index_size + kPackTrailerSize == size);
  }
}

void read_pack_index(Bytes bytes) {
  if (bytes.size() < 2) {
    return;
  }
  PackTrailer trailer;
  trailer.frames = bytes[0];
  const auto plain = bytes.subspan(2);
  const std::size_t frames = std::size_t{trailer.frames} * 12;
  if (plain.size() < frames || (plain.size() - frames) % 28 != 0) {
    return;
  }
  trailer.chunks = static_cast<std::uint32_t>((plain.size() - frames) / 28);
  trailer.index_offset = kPackHeaderSize;
  for (std::size_t i = 0; i < trailer.frames; ++i) {
    trailer.index_offset += load_le32(plain.subspan(i * 12));
  }
  Buffer sealed;
  seal_frame(SealKey{}, PackId{}, 0xFFFFFFFF, plain, sealed);
  trailer.index_size = static_cast<std::uint32_t>(sealed.size());
  const auto index = open_index(SealKey{}, PackId{}, trailer, sealed);
  if (!index) {
    return;
  }
  for (const auto& chunk : index.value().chunks) {
    const auto& frame = index.value().frames.at(chunk.frame);
    check(std::uint64_t{chunk.offset} + chunk.size <= frame.plain_size);
  }
}

void read_frame(Bytes bytes) {
  if (bytes.size() < 4) {
    return;
  }
  Buffer sealed;
  seal_frame(SealKey{}, PackId{}, 0, bytes.subspan(4), sealed);
  const FrameEntry entry{static_cast<std::uint32_t>(sealed.size()), load_le32(bytes), true};
  Buffer plain;
  const auto opened = open_frame(SealKey{}, PackId{}, 0, entry, sealed, plain);
  check(!opened || plain.size() == entry.plain_size);
}

void read_sealed_point(Bytes bytes) {
  const auto key = derive_key(SealKey{}, Guid{}.bytes, "one point");
  Buffer object;
  append(object, as_bytes(std::string_view("QMVPOINT", 8)));
  append_le(object, std::uint32_t{1});
  object.resize(32 + bytes.size() + kSealTag);
  const MutableBytes all(object);
  seal(key, SealNonce{}, all.first(32), bytes, all.subspan(32));
  const auto point = read_point(SealKey{}, Guid{}, object);
  if (point) {
    check(read_point(SealKey{}, Guid{}, write_point(SealKey{}, point.value())).value().root == point.value().root);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  constexpr void (*kRead[])(Bytes) = {&read_run_with_checksum, &read_run_with_page, &read_pack_trailer,
                                      &read_pack_index,        &read_frame,         &read_sealed_point};
  kRead[data[0] % std::size(kRead)](Bytes(data + 1, size - 1));
  return 0;
}
