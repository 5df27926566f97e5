#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digests/digest.h"
#include "base/encode.h"
#include "drive/manifest/manifest_writer.h"
#include "drive/read/drive_root.h"
#include "drive/read/scratch_test.h"

namespace quaymaster::drive {

/// Builds a drive folder and its manifest, blob by blob:
///   drive.add("photos/a.txt", "text");
///   drive.add("photos/b.txt", "text").disposition = Disposition::overwrite;
///   task.manifest_hash = drive.finish();
/// Files are written at once; entries may be changed until `finish`.
class TestDrive {
 public:
  explicit TestDrive(const Scratch& scratch, std::string directory = "drive")
      : scratch_(scratch), directory_(std::move(directory)) {
    std::filesystem::create_directories(path());
  }

  Path path() const { return scratch_.path() / directory_; }
  void write(const std::string& name, std::string_view text) const { scratch_.write(Path(directory_) / name, text); }

  /// A block blob in blocks of `block` bytes, with ids as preparation tools write them.
  BlobEntry& add(const std::string& blob_path, std::string_view text, std::size_t block = 10, bool with_ids = true) {
    auto& entry = add_file(blob_path, text);
    for (std::size_t at = 0; at < text.size(); at += block) {
      const auto bytes = as_bytes(text.substr(at, block));
      const auto hash = md5(bytes);
      const auto id = with_ids ? "MD5/" + base64(hash) : std::string();
      entry.ranges.add({at, bytes.size(), HashAlgorithm::md5, hash, id});
    }
    return entry;
  }

  /// A page blob of `length` bytes with one range of 512 bytes at each offset.
  BlobEntry& add_pages(const std::string& blob_path, std::string_view text, const std::vector<std::uint64_t>& offsets) {
    auto& entry = add_file(blob_path, text);
    entry.kind = BlobKind::page;
    for (const auto at : offsets) {
      const auto hash = md5(as_bytes(text.substr(at, 512)));
      entry.ranges.add({at, 512, HashAlgorithm::md5, hash, {}});
    }
    return entry;
  }

  FileReference sidecar(const std::string& name, std::string_view text) const {
    write(name, text);
    const auto hash = md5(as_bytes(text));
    return {"\\" + name, ClaimedHash(HashAlgorithm::md5, hash)};
  }

  ListDefaults& defaults() { return defaults_; }

  /// Writes \DriveManifest.xml; returns its hash.
  std::string finish(std::string_view drive_id = "WD123456") const {
    std::string text;
    ManifestHeader header;
    header.drive_id = drive_id;
    ManifestWriter writer(
        [&](Bytes bytes) -> Result<> {
          text += as_text(bytes);
          return ok();
        },
        header);
    EXPECT_TRUE(writer.start_list(defaults_));
    for (const auto& entry : entries_) {
      const auto added = writer.add(*entry);
      EXPECT_TRUE(added) << added.error().cause();
    }
    EXPECT_TRUE(writer.finish());
    return finish_with(text);
  }
  std::string finish_with(std::string_view manifest) const {
    write("DriveManifest.xml", manifest);
    return hex_upper(md5(as_bytes(manifest)));
  }

 private:
  BlobEntry& add_file(const std::string& blob_path, std::string_view text) {
    auto& entry = *entries_.emplace_back(std::make_unique<BlobEntry>());
    const auto file = "session/" + std::to_string(entries_.size()) + ".bin";
    write(file, text);
    entry.blob_path = blob_path;
    entry.file_path = "\\session\\" + std::to_string(entries_.size()) + ".bin";
    entry.length = text.size();
    return entry;
  }

  const Scratch& scratch_;
  const std::string directory_;
  ListDefaults defaults_;
  std::vector<std::unique_ptr<BlobEntry>> entries_;
};

/// A drive with unreadable files, or one that is removed meanwhile.
class BadDrive final : public DriveReader {
 public:
  explicit BadDrive(DriveReader& real) : real_(real) {}

  std::set<std::string> unreadable;             // paths whose contents cannot be read
  std::map<std::string, std::uint64_t> shrink;  // path → the size found on reading, smaller than on opening
  int reads_until_removed = -1;                 // then every operation fails; negative: never
  bool nothing_readable = false;                // the drive is present, but every read fails

  Result<std::unique_ptr<DriveFile>> open(std::string_view path) override {
    if (gone()) {
      return io("the drive is gone");
    }
    TRY(auto file, real_.open(path));
    return std::make_unique<BadFile>(*this, std::string(path), std::move(file));
  }
  Result<> check_present() override {
    if (gone()) {
      return not_found("the drive is gone");
    }
    return real_.check_present();
  }

 private:
  class BadFile final : public DriveFile {
   public:
    BadFile(BadDrive& drive, std::string path, std::unique_ptr<DriveFile> file)
        : drive_(drive), path_(std::move(path)), file_(std::move(file)) {}
    Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
      const bool is_manifest = path_.ends_with(".xml");
      if (!is_manifest && drive_.reads_until_removed > 0) {
        --drive_.reads_until_removed;
      }
      if (drive_.gone()) {
        return io("the drive is gone");
      }
      if (!is_manifest && (drive_.nothing_readable || drive_.unreadable.contains(path_))) {
        return io("bad sector");
      }
      const auto shrunk = drive_.shrink.find(path_);
      if (shrunk != drive_.shrink.end()) {
        if (offset >= shrunk->second) {
          return std::size_t{0};
        }
        into = into.first(std::min<std::uint64_t>(into.size(), shrunk->second - offset));
      }
      return file_->read_at(into, offset);
    }
    std::uint64_t size() const override { return file_->size(); }

   private:
    BadDrive& drive_;
    const std::string path_;
    const std::unique_ptr<DriveFile> file_;
  };

  bool gone() const { return reads_until_removed == 0; }

  DriveReader& real_;
};

}  // namespace quaymaster::drive
