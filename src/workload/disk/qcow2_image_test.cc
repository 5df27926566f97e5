#include "workload/disk/qcow2_image.h"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>

#include "testing/workload/test_place.h"
#include "workload/disk/disk_root.h"

namespace quaymaster::workload {
namespace {

using namespace test;

constexpr std::uint64_t kCluster = 64 * kKiB;

/// A hand-made image: header, level 1 at cluster one, level 2 at two, data from three on.
struct HandMade {
  unsigned version = 3;
  std::uint64_t backing_offset = 0;
  std::uint32_t cluster_bits = 16;
  std::uint64_t size = 10 * kCluster + 1000;
  std::uint32_t encryption = 0;
  std::uint32_t l1_entries = 1;
  std::uint64_t l1_offset = kCluster;
  std::uint64_t features = 0;
  std::uint32_t header_size = 104;
  std::uint8_t compression = 0;
  std::uint64_t l1_entry = 2 * kCluster | kQcow2Copied;
  std::vector<std::uint64_t> l2 = std::vector<std::uint64_t>(11);
  std::vector<Buffer> data;  // from the third cluster on, each in separate clusters

  std::uint64_t add(Buffer bytes) {
    std::uint64_t at = 3 * kCluster;
    for (const auto& before : data) {
      at += (before.size() + kCluster - 1) / kCluster * kCluster;
    }
    data.push_back(std::move(bytes));
    return at;
  }

  Buffer bytes() const {
    Buffer image{'Q', 'F', 'I', 0xFB};
    append_be(image, version, 4);
    append_be(image, backing_offset, 8);
    append_be(image, backing_offset != 0 ? 11 : 0, 4);
    append_be(image, cluster_bits, 4);
    append_be(image, size, 8);
    append_be(image, encryption, 4);
    append_be(image, l1_entries, 4);
    append_be(image, l1_offset, 8);
    append_be(image, 0, 8 + 4 + 4 + 8);  // reference counts and snapshots are irrelevant for reading
    append_be(image, features, 8);
    append_be(image, 0, 16);
    append_be(image, 4, 4);
    append_be(image, header_size, 4);
    image.push_back(compression);
    image.resize(kCluster);
    append_be(image, l1_entry, 8);
    image.resize(2 * kCluster);
    for (const auto entry : l2) {
      append_be(image, entry, 8);
    }
    image.resize(3 * kCluster);
    for (const auto& piece : data) {
      append(image, piece);
      image.resize((image.size() + kCluster - 1) / kCluster * kCluster);
    }
    return image;
  }
};

struct Opened {
  Place place;
  Result<std::unique_ptr<DiskImage>> image;
  explicit Opened(const HandMade& made) : image(open(made.bytes())) {}
  explicit Opened(const Buffer& bytes) : image(open(bytes)) {}

 private:
  Result<std::unique_ptr<DiskImage>> open(const Buffer& bytes) {
    write(place.source / "image", bytes);
    return open_image(place.source / "image");
  }
};

Buffer deflated(Buffer bytes) {
  Buffer out(bytes.size() + 1000);
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  stream.next_in = bytes.data();
  stream.avail_in = static_cast<std::uint32_t>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<std::uint32_t>(out.size());
  stream.end_of_stream = 1;
  check(isal_deflate_stateless(&stream) == COMP_OK);
  out.resize(stream.total_out);
  return out;
}

Buffer compressed_by_zstd(const Buffer& bytes) {
  Buffer out(ZSTD_compressBound(bytes.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1));
  return out;
}

std::uint64_t compressed_entry(std::uint64_t at, std::size_t size) {
  const auto sectors = ((at & 511) + size + 511) / 512 - 1;
  return kQcow2Compressed | sectors << (62 - 8) | at;
}

Buffer text_cluster(std::string_view word) {
  Buffer bytes;
  while (bytes.size() < kCluster) {
    append(bytes, as_bytes(word));
  }
  bytes.resize(kCluster);
  return bytes;
}

TEST(Qcow2, ReadsAllKindsOfClusters) {
  for (const bool zstd : {false, true}) {
    HandMade made;
    const auto plain = noise(kCluster, 1);
    const auto text = text_cluster("compressed ");
    made.l2[1] = made.add(plain) | kQcow2Copied;
    made.l2[3] = kQcow2Zero;
    made.l2[4] = made.add(noise(kCluster, 9)) | kQcow2Zero;  // preallocated, still zeros
    auto small = zstd ? compressed_by_zstd(text) : deflated(text);
    Buffer shifted(700, 0xAA);  // compressed clusters may begin anywhere and share sectors
    append(shifted, small);
    shifted.resize(shifted.size() + 100, 0xBB);
    made.l2[6] = compressed_entry(made.add(shifted) + 700, small.size());
    made.l2[10] = made.add(Buffer(1000, 'e'));  // the disk's last cluster is short
    if (zstd) {
      made.features = 8;
      made.header_size = 112;
      made.compression = 1;
    }
    Opened opened(made);
    ASSERT_TRUE(opened.image) << opened.image.error().cause();
    auto& image = *opened.image.value();
    EXPECT_EQ(image.format(), ImageFormat::qcow2);
    ASSERT_EQ(image.size(), made.size);
    Buffer expected(made.size);
    std::ranges::copy(plain, expected.begin() + kCluster);
    std::ranges::copy(text, expected.begin() + 6 * kCluster);
    std::fill(expected.begin() + 10 * kCluster, expected.end(), 'e');
    EXPECT_EQ(bytes_of(image), expected);
    Buffer across(kCluster);
    ASSERT_TRUE(image.read(6 * kCluster - 100, across));
    EXPECT_TRUE(std::equal(across.begin(), across.end(), expected.begin() + 6 * kCluster - 100));
    EXPECT_EQ(image.next_data(0).value(), kCluster);
    EXPECT_EQ(image.next_hole(kCluster).value(), 2 * kCluster);
    EXPECT_EQ(image.next_data(2 * kCluster).value(), 6 * kCluster);
    EXPECT_EQ(image.next_data(7 * kCluster).value(), 10 * kCluster);
    EXPECT_EQ(image.next_hole(10 * kCluster).value(), made.size);
  }
}

TEST(Qcow2, Version2KnowsNoZeroFlag) {
  HandMade made;
  made.version = 2;
  made.l2[0] = made.add(Buffer(kCluster, 'v'));
  Opened opened(made);
  Buffer some(3);
  ASSERT_TRUE(opened.image.value()->read(0, some));
  EXPECT_EQ(as_text(some), "vvv");
}

TEST(Qcow2, WhatWouldNeedAnotherFileOrAnotherReaderIsRefused) {
  const auto refused = [](auto change, Errc kind) {
    HandMade made;
    change(made);
    const Opened opened(made);
    ASSERT_FALSE(opened.image);
    EXPECT_EQ(opened.image.error().kind(), kind) << opened.image.error().cause();
  };
  refused([](HandMade& m) { m.backing_offset = 512; }, Errc::unsupported);
  refused([](HandMade& m) { m.encryption = 1; }, Errc::unsupported);
  refused([](HandMade& m) { m.features = 4; }, Errc::unsupported);   // external data file
  refused([](HandMade& m) { m.features = 16; }, Errc::unsupported);  // extended L2
  refused([](HandMade& m) { m.features = 1 << 20; }, Errc::unsupported);
  refused([](HandMade& m) { m.features = 2; }, Errc::corrupt);  // marked as damaged
  refused([](HandMade& m) { m.version = 4; }, Errc::unsupported);
  refused([](HandMade& m) { m.cluster_bits = 40; }, Errc::corrupt);
  refused([](HandMade& m) { m.cluster_bits = 0; }, Errc::corrupt);
  refused([](HandMade& m) { m.size = ~0ULL; }, Errc::corrupt);
  refused([](HandMade& m) { m.l1_entries = 0; }, Errc::corrupt);
  refused([](HandMade& m) { m.l1_entries = ~0U; }, Errc::corrupt);
  refused([](HandMade& m) { m.l1_offset = ~0ULL - 4; }, Errc::corrupt);
}

TEST(Qcow2, PlacesOutsideTheFileAreDamage) {
  HandMade made;
  made.l2[0] = (std::uint64_t{1} << 50);
  made.l2[1] = 3 * kCluster + 512;  // not aligned to a cluster
  made.l2[2] = compressed_entry(std::uint64_t{1} << 40, 600);
  made.l2[3] = compressed_entry(made.add(noise(600, 1)), 600);
  Opened opened(made);
  for (std::uint64_t cluster = 0; cluster < 4; ++cluster) {
    Buffer some(100);
    EXPECT_EQ(opened.image.value()->read(cluster * kCluster, some).error().kind(), Errc::corrupt) << cluster;
  }
  made.l1_entry = 1 << 30;
  Opened table(made);
  EXPECT_EQ(table.image.value()->next_data(0).error().kind(), Errc::corrupt);
}

TEST(Qcow2, EveryTruncationIsRefusedOrReadsAsDamage) {
  HandMade made;
  made.l2[0] = made.add(noise(kCluster, 1));
  const auto whole = made.bytes();
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 5) {
    const Opened opened(Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    if (!opened.image || opened.image.value()->format() == ImageFormat::raw) {  // too short for a magic
      continue;
    }
    Buffer some(kCluster);
    const auto read_all = opened.image.value()->read(0, some);
    EXPECT_TRUE(!read_all || size > 3 * kCluster) << size;
  }
}

TEST(Qcow2, AnImageSharesEveryBlockWithItsRawForm) {
  Place p;
  write_image(p.source / "image.raw");
  ASSERT_TRUE(p.capture(*disk_source(p.source / "image.raw")));
  std::filesystem::create_directories(p.target);
  DiskRestoreOptions as_qcow2;
  as_qcow2.format = ImageFormat::qcow2;
  ASSERT_TRUE(disk_target(p.target / "image", as_qcow2)->restore(p.point.root, p.open(), {}));
  ASSERT_TRUE(p.capture(*disk_source(p.target / "image")));
  EXPECT_EQ(p.point.totals.bytes_new, 0);
  EXPECT_EQ(DiskView::open(p.point.root, p.open()).value()->format(), ImageFormat::qcow2);
}

}  // namespace
}  // namespace quaymaster::workload
