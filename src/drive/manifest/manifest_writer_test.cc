#include "drive/manifest/manifest_writer.h"

#include <gtest/gtest.h>

#include <random>

#include "base/encode.h"
#include "drive/manifest/manifest_text_test.h"

namespace quaymaster::drive {
namespace {

ByteSink append_to(std::string& text) {
  return [&text](Bytes bytes) -> Result<> {
    text += as_text(bytes);
    return ok();
  };
}

Range md5_range(std::uint64_t offset, std::uint64_t length, Bytes digest, std::string_view id = {}) {
  return {offset, length, HashAlgorithm::md5, digest, id};
}

BlobEntry small_entry(const Md5Digest& digest) {
  BlobEntry entry;
  entry.blob_path = "photos/a.txt";
  entry.file_path = "\\a.txt";
  entry.length = 20;
  entry.ranges.add(md5_range(0, 20, digest));
  return entry;
}

TEST(ManifestWriter, WritesThePublishedShape) {
  std::string text;
  ManifestWriter writer(append_to(text), {.drive_id = "WD123456", .client_creator = "Quaymaster"});
  const auto digest = md5(as_bytes("The quick brown fox\n"));
  const auto id = "MD5/" + base64(digest);
  BlobEntry entry;
  entry.blob_path = "photos/a & b.txt";
  entry.file_path = "\\session1\\a.txt";
  entry.length = 20;
  entry.disposition = Disposition::overwrite;
  entry.ranges.add(md5_range(0, 20, digest, id));
  entry.properties = FileReference{"\\a.properties", ClaimedHash(HashAlgorithm::md5, digest)};
  ASSERT_TRUE(writer.start_list({.id = "session1-0"}));
  ASSERT_TRUE(writer.add(entry));
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(text, R"(<?xml version="1.0" encoding="UTF-8"?>
<DriveManifest Version="2014-11-01">
  <Drive>
    <DriveId>WD123456</DriveId>
    <ClientCreator>Quaymaster</ClientCreator>
    <BlobList Id="session1-0">
      <Blob>
        <BlobPath>photos/a &amp; b.txt</BlobPath>
        <FilePath>\session1\a.txt</FilePath>
        <Length>20</Length>
        <ImportDisposition>overwrite</ImportDisposition>
        <BlockList>
          <Block Offset="0" Length="20" Id="MD5/5IATLJ3VPj4048+fUjx0JQ==" Hash="E480132C9DD53E3E34E3CF9F523C7425"/>
        </BlockList>
        <PropertiesPath Hash="E480132C9DD53E3E34E3CF9F523C7425">\a.properties</PropertiesPath>
      </Blob>
    </BlobList>
  </Drive>
</DriveManifest>)");
}

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::uint64_t up_to(std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>(0, most)(engine_); }
  std::string text() {
    constexpr std::string_view kPieces[] = {"a",  "\u00e4", "&", "<",      ">",          "\"", "'", "]]>", "\r",
                                            "\n", "\t",     " ", "\u4e2d", "\U0001F6A2", "\\", "/", "%20", "-->"};
    std::string text = "x";
    for (auto n = up_to(12); n > 0; --n) {
      text += kPieces[up_to(std::size(kPieces) - 1)];
    }
    return text;
  }
  Buffer bytes(std::size_t count) {
    Buffer result(count);
    for (auto& byte : result) {
      byte = static_cast<std::uint8_t>(up_to(255));
    }
    return result;
  }
  std::optional<FileReference> file() {
    if (up_to(1) == 0) {
      return std::nullopt;
    }
    FileReference reference{text(), std::nullopt};
    if (up_to(1) == 0) {
      reference.hash = ClaimedHash(HashAlgorithm::sha256, bytes(32));
    }
    return reference;
  }
  BlobEntry entry() {
    BlobEntry entry;
    entry.blob_path = text();
    entry.file_path = text();
    entry.kind = up_to(1) == 0 ? BlobKind::block : BlobKind::page;
    const bool ids = up_to(1) == 0;
    for (auto n = up_to(5); n > 0; --n) {
      std::uint64_t length = 1 + up_to(4 * kMiB - 1);
      if (entry.kind == BlobKind::page) {
        entry.length += up_to(3) * kPageSize;
        length = kPageSize * (1 + up_to(8191));
      }
      const auto id = entry.kind == BlobKind::block && ids ? base64(bytes(19)) : "";
      const auto sha = bytes(64);
      entry.ranges.add({entry.length, length, HashAlgorithm::sha512, sha, id});
      entry.length += length;
    }
    if (up_to(1) == 0) {
      entry.disposition = static_cast<Disposition>(up_to(2));
    }
    entry.metadata = file();
    entry.properties = file();
    return entry;
  }

 private:
  std::mt19937_64 engine_;
};

void expect_same(const std::optional<FileReference>& a, const std::optional<FileReference>& b) {
  ASSERT_EQ(a.has_value(), b.has_value());
  if (a) {
    EXPECT_EQ(a->path, b->path);
    EXPECT_EQ(a->hash, b->hash);
  }
}

void expect_same(const BlobEntry& a, const BlobEntry& b) {
  EXPECT_EQ(a.blob_path, b.blob_path);
  EXPECT_EQ(a.file_path, b.file_path);
  EXPECT_EQ(a.length, b.length);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.disposition, b.disposition);
  ASSERT_EQ(a.ranges.size(), b.ranges.size());
  for (std::size_t i = 0; i < a.ranges.size(); ++i) {
    EXPECT_EQ(a.ranges[i].offset, b.ranges[i].offset);
    EXPECT_EQ(a.ranges[i].length, b.ranges[i].length);
    EXPECT_EQ(a.ranges[i].id, b.ranges[i].id);
    EXPECT_TRUE(std::ranges::equal(a.ranges[i].hash, b.ranges[i].hash));
  }
  expect_same(a.metadata, b.metadata);
  expect_same(a.properties, b.properties);
}

TEST(ManifestWriter, WhatItWritesIsReadBackTheSame) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Dice dice(seed);
    std::string text;
    ManifestWriter writer(append_to(text), {.drive_id = "WD1", .client_creator = dice.text()});
    std::vector<BlobEntry> written;
    std::vector<ListDefaults> lists;
    for (auto l = dice.up_to(2); l > 0; --l) {
      const ListDefaults defaults{dice.text(), dice.file(), dice.file()};
      ASSERT_TRUE(writer.start_list(defaults));
      for (auto n = dice.up_to(3); n > 0; --n) {
        written.push_back(dice.entry());
        lists.push_back(defaults);
        const auto added = writer.add(written.back());
        ASSERT_TRUE(added) << added.error().cause();
      }
    }
    ASSERT_TRUE(writer.finish());
    const auto read = read_all(text);
    ASSERT_TRUE(read) << read.error().cause() << "\n" << text;
    ASSERT_EQ(read.value().size(), written.size());
    for (std::size_t i = 0; i < written.size(); ++i) {
      SCOPED_TRACE(seed);
      expect_same(read.value()[i], written[i]);
      EXPECT_EQ(read.value()[i].defaults->id, lists[i].id);
      expect_same(read.value()[i].defaults->metadata, lists[i].metadata);
      expect_same(read.value()[i].defaults->properties, lists[i].properties);
    }
  }
}

TEST(ManifestWriter, ARefusedEntryLeavesTheDocumentWhole) {
  const auto digest = md5(as_bytes("x"));
  std::string text;
  ManifestWriter writer(append_to(text), {.drive_id = "WD1"});
  auto gap = small_entry(digest);
  gap.length = 21;
  auto control = small_entry(digest);
  control.file_path = "\\a\x01";
  auto no_hash = small_entry(digest);
  no_hash.ranges.clear();
  no_hash.ranges.add(md5_range(0, 20, {}));
  auto no_name = small_entry(digest);
  no_name.blob_path.clear();
  for (const auto* bad : {&gap, &control, &no_hash, &no_name}) {
    const auto added = writer.add(*bad);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind(), Errc::invalid);
  }
  ASSERT_TRUE(writer.add(small_entry(digest)));
  ASSERT_TRUE(writer.finish());
  ASSERT_EQ(read_all(text).value().size(), 1U);
}

TEST(ManifestWriter, NeedsADriveIdAndASinkThatTakesBytes) {
  std::string text;
  ManifestWriter nameless(append_to(text), {.drive_id = " "});
  EXPECT_EQ(nameless.finish().error().kind(), Errc::invalid);
  EXPECT_EQ(text, "");
  ManifestWriter full([](Bytes) -> Result<> { return no_space("full"); }, {.drive_id = "WD1"});
  EXPECT_EQ(full.finish().error().kind(), Errc::no_space);
}

}  // namespace
}  // namespace quaymaster::drive
