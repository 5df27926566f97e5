// The examples of doc/formats/vault-*.md are what the writers write and the readers read. One vault: the key file, the
// master key, salts and ids are those on the pages.

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "base/encode.h"
#include "objects/directory/directory_store.h"
#include "testing/vault/test_vault.h"
#include "vault/chunks/chunk_hash.h"
#include "vault/core/point_format.h"
#include "vault/index/index_run.h"
#include "vault/keys/keys.h"
#include "vault/pack/pack_format.h"

namespace quaymaster::vault {
namespace {

/// Returns bytes 00 01 02 … in the order of the calls.
class Counting final : public RandomSource {
 public:
  void fill(MutableBytes bytes) override {
    for (auto& byte : bytes) {
      byte = next_++;
    }
  }

 private:
  std::uint8_t next_ = 0;
};

Buffer counted(std::uint8_t from, std::size_t size) {
  Buffer bytes(size);
  std::iota(bytes.begin(), bytes.end(), from);
  return bytes;
}
Guid id_from(std::uint8_t from) {
  Guid id;
  std::ranges::copy(counted(from, id.bytes.size()), id.bytes.begin());
  return id;
}

/// Bytes at offset `at` in the format of hexdump -C.
std::string dump(Bytes bytes, std::size_t at = 0) {
  std::string text;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(16, bytes.size())), at += 16) {
    std::string hex;
    std::string seen;
    for (std::size_t i = 0; i < 16; ++i) {
      hex += i == 8 ? "  " : " ";
      hex += i < bytes.size() ? hex_lower(bytes.subspan(i, 1)) : "  ";
      if (i < bytes.size()) {
        seen += bytes[i] >= 0x20 && bytes[i] < 0x7F ? static_cast<char>(bytes[i]) : '.';
      }
    }
    text += fmt::format("{:08x} {}  |{}|\n", at, hex, seen);
  }
  return text;
}

/// The n-th example block of a page.
std::string block(const std::string& page, int n) {
  std::ifstream stream(std::string(QM_SOURCE_DIR) + "/doc/formats/" + page);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  constexpr std::string_view kFence = "\n```";
  auto from = text.find("\n## Example\n");
  for (int fence = 0; fence <= 2 * n && from != text.npos; ++fence) {
    from = text.find(kFence, from + 1);
  }
  if (from == text.npos) {
    return "no such block";
  }
  from = text.find('\n', from + 1) + 1;
  return text.substr(from, text.find(kFence, from - 1) + 1 - from);
}

/// Parses a dump on a page back into bytes.
Buffer bytes_in(const std::string& dumped) {
  Buffer bytes;
  std::istringstream lines(dumped);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(std::min<std::size_t>(8, line.size())));
    for (std::string word; words >> word && word[0] != '|';) {
      append(bytes, decode_hex(word).value());
    }
  }
  return bytes;
}

const KeyEncryptionKey kFile{KeyEncryptionKey::Kind::file, Buffer(32, 7)};

Keys example_keys() {
  return open_key_object(bytes_in(block("vault-key.md", 0)), kFile).value();
}

TEST(VaultFormatPages, TheKeyObjectIsWrittenAndOpened) {
  Counting random;
  EXPECT_EQ(dump(new_key_object(kFile, random)), block("vault-key.md", 0));
  const auto opened = open_key_object(bytes_in(block("vault-key.md", 0)), kFile);
  ASSERT_TRUE(opened) << opened.error().cause();
  const auto& keys = opened.value();
  EXPECT_EQ(
      fmt::format("chunk id  {}\npack      {}\npoint     {}\nindex     {}\ncut       {}\n", hex_lower(keys.chunk_id),
                  hex_lower(keys.pack), hex_lower(keys.point), hex_lower(keys.index), hex_lower(keys.cut)),
      block("vault-key.md", 1));
}

TEST(VaultFormatPages, ThePackIsWrittenAndRead) {
  const auto keys = example_keys();
  const ChunkHash hash(keys.chunk_id);
  const auto id = id_from(0x40);
  const auto key = pack_key(keys.pack, id);
  PackIndex index;
  index.chunks = {{hash(as_bytes("alpha")), 0, 0, 5}, {hash(as_bytes("beta")), 0, 5, 4}};
  EXPECT_EQ(
      fmt::format("alpha  {}\nbeta   {}\n", hex_lower(index.chunks[0].id.bytes), hex_lower(index.chunks[1].id.bytes)),
      block("vault-pack.md", 0));

  Buffer pack;
  append(pack, pack_header(id));
  Buffer scratch;
  Buffer sealed;
  const auto frame = compress_frame(as_bytes("alphabeta"), 1, scratch);
  seal_frame(key, id, 0, frame.bytes, sealed);
  append(pack, sealed);
  index.frames = {{static_cast<std::uint32_t>(sealed.size()), 9, frame.compressed}};
  append(pack, pack_tail(key, id, index, pack.size()));
  EXPECT_EQ(dump(pack), block("vault-pack.md", 1));

  const auto shown = bytes_in(block("vault-pack.md", 1));
  const Bytes all(shown);
  ASSERT_GT(all.size(), kPackHeaderSize + kPackTrailerSize);
  EXPECT_TRUE(check_header(all, id));
  const auto trailer = read_trailer(all.last(kPackTrailerSize), all.size());
  ASSERT_TRUE(trailer);
  const auto read =
      open_index(key, id, trailer.value(), all.subspan(trailer.value().index_offset, trailer.value().index_size));
  ASSERT_TRUE(read);
  ASSERT_EQ(read.value().chunks.size(), 2);
  EXPECT_EQ(read.value().chunks[1].id, hash(as_bytes("beta")));
  EXPECT_EQ(read.value().chunks[1].offset, 5);
  Buffer plain;
  ASSERT_TRUE(open_frame(key, id, 0, read.value().frames.at(0),
                         all.subspan(kPackHeaderSize, read.value().frames[0].sealed_size), plain));
  EXPECT_EQ(as_text(plain), "alphabeta");
}

TEST(VaultFormatPages, ThePointIsWrittenAndRead) {
  const auto keys = example_keys();
  const ChunkHash hash(keys.chunk_id);
  Point point;
  point.id = id_from(0x50);
  point.source = "vm1";
  point.created = parse_time("2026-01-01").value();
  point.totals = {9, 0, 9, 25, 2, 2};
  point.root = test::write_root({{hash(as_bytes("alpha")), 5}, {hash(as_bytes("beta")), 4}});
  EXPECT_EQ(dump(write_point(keys.point, point)), block("vault-point.md", 0));

  const auto read = read_point(keys.point, point.id, bytes_in(block("vault-point.md", 0)));
  ASSERT_TRUE(read) << read.error().cause();
  EXPECT_EQ(read.value().source, "vm1");
  EXPECT_EQ(read.value().created, point.created);
  EXPECT_EQ(read.value().totals.bytes_stored, 25);
  EXPECT_EQ(read.value().root, point.root);
}

/// The same vault in one run: its pages are too long to print completely.
TEST(VaultFormatPages, TheIndexRunIsWrittenAndFound) {
  const auto keys = example_keys();
  const ChunkHash hash(keys.chunk_id);
  std::vector<IndexRecord> records{{hash(as_bytes("alpha")), {1, 0}}, {hash(as_bytes("beta")), {1, 1}}};
  std::ranges::sort(records, {}, &IndexRecord::id);
  const auto id = id_from(0x60);
  test::TestVault place;
  PageCache cache(64 * kKiB);
  std::size_t next = 0;
  const auto source = [&](IndexRecord& record) -> Result<bool> {
    if (next == records.size()) {
      return false;
    }
    record = records[next++];
    return true;
  };
  const auto run = IndexRun::write(*place.objects, "v", keys.index, id, records.size(), source, cache).value();
  Buffer object(place.objects->size(run->name(0)).value());
  ASSERT_EQ(place.objects->read(run->name(0), 0, object).value(), object.size());
  const Bytes all(object);
  EXPECT_EQ(all.size(), 64 + 4096 + 192 + 16);
  EXPECT_EQ(dump(all.first(96)), block("vault-index.md", 0));  // the header and the first sealed bytes

  const auto key = derive_key(keys.index, id.bytes, "one run");
  Buffer page(4080);
  ASSERT_TRUE(open_sealed(key, SealNonce{}, id.bytes, all.subspan(64, 4096), page));
  EXPECT_EQ(dump(Bytes(page).first(72)), block("vault-index.md", 1));
  Buffer filter(192);
  SealNonce nonce{};
  store_le(std::uint32_t{0xFFFFFFFF}, MutableBytes(nonce).subspan(4));
  ASSERT_TRUE(open_sealed(key, nonce, id.bytes, all.subspan(64 + 4096), filter));
  EXPECT_EQ(dump(filter), block("vault-index.md", 2));
}

}  // namespace
}  // namespace quaymaster::vault
