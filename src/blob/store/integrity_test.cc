#include <fstream>

#include "blob/piece.h"
#include "blob/records/codec.h"
#include "blob/store/store_fixture_test.h"

namespace quaymaster::blob {
namespace {

class BlobIntegrity : public StoreTest {
 protected:
  void flip(const Path& path, std::uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
    ASSERT_TRUE(file.good());
  }
};

TEST_F(BlobIntegrity, FindsEveryFlippedByteOfASmallBlob) {
  ASSERT_TRUE(put("b", "only a few bytes"));
  const auto extent = extents().at(0);
  for (std::size_t at = 0; at < 16; ++at) {
    flip(extent, at);
    EXPECT_EQ(text_of("b"), "corrupt") << at;
    const auto snapshot = blobs().open_blob(key("b")).value();
    Buffer one(1);
    const auto read = snapshot->read((at + 8) % 16, one);  // a range that does not even overlap it
    ASSERT_FALSE(read) << at;
    EXPECT_EQ(read.error().kind(), Errc::corrupt);
    flip(extent, at);
  }
  EXPECT_EQ(text_of("b"), "only a few bytes");
}

TEST_F(BlobIntegrity, HandsOutTheWindowsThatAreWhole) {
  const auto text = pattern(200'000, 1);  // four windows
  ASSERT_TRUE(put("b", text));
  flip(extents().at(0), 70'000);
  EXPECT_EQ(text_of("b"), "corrupt");
  const auto snapshot = blobs().open_blob(key("b")).value();
  Buffer window(65'536);
  for (std::size_t from = 0; from < text.size(); from += 65'536) {
    const auto read = snapshot->read(from, window);
    ASSERT_EQ(read.has_value(), from != 65'536) << from;
    if (read) {
      EXPECT_TRUE(as_text(Bytes(window).first(read.value())) == text.substr(from, 65'536));
    }
  }
}

TEST_F(BlobIntegrity, FindsADamagedTableOfWindows) {
  ASSERT_TRUE(put("b", pattern(200'000, 1)));
  for (std::uint64_t at = 200'000; at < 200'016; ++at) {
    flip(extents().at(0), at);
    EXPECT_EQ(text_of("b"), "corrupt") << at;
    flip(extents().at(0), at);
  }
  EXPECT_TRUE(text_of("b") == pattern(200'000, 1));
}

TEST_F(BlobIntegrity, FindsTruncatedAndMissingExtents) {
  ASSERT_TRUE(put("b", pattern(10'000, 1)));
  std::filesystem::resize_file(extents().at(0), 9'999);
  EXPECT_EQ(text_of("b"), "corrupt");
  std::filesystem::remove(extents().at(0));
  objects_ = objects::open_directory(disk_, directory_.path()).value();
  reopen();
  EXPECT_EQ(text_of("b"), "corrupt");
  EXPECT_TRUE(put("b", "again"));
  EXPECT_EQ(text_of("b"), "again");
}

TEST_F(BlobIntegrity, LeavesWhatIsDamagedWhereItIs) {
  use_small_extents(64 * kKiB);
  for (int i = 0; i < 16; ++i) {
    ASSERT_TRUE(put(fmt::format("b{:02}", i), pattern(4000, static_cast<std::uint64_t>(i))));
  }
  ASSERT_TRUE(put("next", pattern(10'000, 1)));  // the first extent is full
  flip(extents().at(0), 100);
  for (int i = 2; i < 16; ++i) {
    ASSERT_TRUE(blobs().delete_blob(key(fmt::format("b{:02}", i)), {}));
  }
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / extent_name(1))) << "the only copy is still needed";
  EXPECT_EQ(text_of("b00"), "corrupt");
  EXPECT_TRUE(text_of("b01") == pattern(4000, 1));
  ASSERT_TRUE(blobs().delete_blob(key("b00"), {}));
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / extent_name(1)));
  EXPECT_TRUE(text_of("b01") == pattern(4000, 1));
}

TEST(BlobRecords, RefusesDamagedColumns) {
  const Pieces good{{0, 7, 100, 50, 1}, {50, 8, 0, 10, 2}};
  const auto bytes = encode(good);
  ASSERT_EQ(decode_pieces(bytes).value(), good);
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_pieces(Bytes(bytes).first(size)).has_value(), size == kEncodedPiece) << size;
  }
  EXPECT_FALSE(decode_pieces(encode(Pieces{{0, 7, 100, 0, 1}})));
  EXPECT_FALSE(decode_pieces(encode(Pieces{{0, 7, 100, 50, 1}, {49, 8, 0, 10, 2}})));
  EXPECT_FALSE(decode_pieces(encode(Pieces{{0, 7, 60 * kMiB, 5 * kMiB, 1}})));

  const Properties properties{"text/plain", "a", "b", "c", "d", stored_md5(md5(as_bytes("x")))};
  const auto packed = encode(properties);
  const auto without_md5 = packed.size() - 16;  // it may have any size, so the rest is taken as one
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_EQ(decode_properties(Bytes(packed).first(size)).has_value(), size >= without_md5) << size;
  }
  const auto blocks = encode(std::vector<ListedBlock>{{"AA==", 300}});
  EXPECT_EQ(decode_blocks(blocks).value().at(0).size, 300u);
  for (std::size_t size = 1; size < blocks.size(); ++size) {
    EXPECT_FALSE(decode_blocks(Bytes(blocks).first(size))) << size;
  }
  const auto metadata = encode(Metadata{{"name", std::string(200, 'v')}});
  EXPECT_EQ(decode_metadata(metadata).value().at(0).second.size(), 200u);
  for (std::size_t size = 1; size < metadata.size(); ++size) {
    EXPECT_FALSE(decode_metadata(Bytes(metadata).first(size))) << size;
  }
}

}  // namespace
}  // namespace quaymaster::blob
