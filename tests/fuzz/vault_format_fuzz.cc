// Reads the unsealed parts of every object of a vault: none leads beyond its object, and nothing opens that was not
// sealed by this vault.

#include "base/check.h"
#include "vault/core/point_format.h"
#include "vault/keys/keys.h"
#include "vault/pack/pack_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quaymaster;
  using namespace quaymaster::vault;
  const Bytes bytes(data, size);
  const PackId id{};
  const SealKey key{};

  static_cast<void>(check_header(bytes, id));
  if (size >= kPackTrailerSize) {
    if (const auto trailer = read_trailer(bytes.last(kPackTrailerSize), size)) {
      const auto& t = trailer.value();
      check(t.index_offset >= kPackHeaderSize && t.index_offset + t.index_size + kPackTrailerSize == size);
      static_cast<void>(open_index(key, id, t, bytes.subspan(t.index_offset, t.index_size)));
    }
  }
  Buffer plain;
  const FrameEntry entry{static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(size % (3 * kMiB)),
                         size % 2 == 0};
  check(!open_frame(key, id, 0, entry, bytes, plain));
  check(!read_point(key, Guid{}, bytes));
  const KeyEncryptionKey file{KeyEncryptionKey::Kind::file, Buffer(32, 1)};
  const auto keys = open_key_object(bytes, file);
  check(!keys);
  return 0;
}
