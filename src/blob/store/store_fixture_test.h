#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/files/disk.h"
#include "blob/blob_store.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "objects/directory/directory_store.h"
#include "store/database.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::blob {

/// Bytes that differ from place to place, so that reading the wrong piece is detected.
inline std::string pattern(std::size_t size, std::uint64_t seed) {
  std::string text(size, '\0');
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  for (auto& byte : text) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  return text;
}

inline constexpr Time kStart{std::chrono::seconds{1'700'000'000}};

/// A temporary directory, removed by the destructor; in memory where possible, since no test simulates a power failure.
class TestDirectory {
 public:
  explicit TestDirectory(std::string_view what) {
    static std::atomic<int> count{0};
    const Path memory = "/dev/shm";
    const auto parent = ::access(memory.c_str(), W_OK) == 0 ? memory : Path(testing::TempDir());
    path_ = parent / fmt::format("qm-blob-{}-{}-{}", what, ::getpid(), count.fetch_add(1));
    std::filesystem::remove_all(path_);
  }
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  const Path& path() const { return path_; }

 private:
  Path path_;
};

/// A store over a directory and records in memory, with account "a" and container "c".
class StoreTest : public testing::Test {
 protected:
  StoreTest() : directory_("store") {
    static const store::Schema kSchemas[] = {schema()};
    database_ = store::open_in_memory(kSchemas).value();
    objects_ = objects::open_directory(disk_, directory_.path()).value();
    reopen();
    EXPECT_TRUE(blobs().create_container("a", "c", {}));
  }

  Store& blobs() { return *store_; }
  /// As after a crash: all state in memory is lost.
  void reopen() {
    store_ = nullptr;
    store_ = open_store(*database_, *objects_, clock_, options_).value();
  }
  void use_small_extents(std::uint64_t size) {
    options_.extent_size = size;
    reopen();
  }

  static BlobKey key(std::string name, std::string container = "c") {
    return {"a", std::move(container), std::move(name)};
  }

  std::unique_ptr<Content> content(std::string_view text, Hashing hashing = Hashing::none) {
    auto upload = blobs().upload(hashing);
    EXPECT_TRUE(upload->append(as_bytes(text)));
    auto finished = upload->finish();
    EXPECT_TRUE(finished) << finished.error().cause();
    return std::move(finished).value();
  }
  Result<BlobInfo> put(const std::string& name, std::string_view text, const Conditions& conditions = {}) {
    return blobs().put_blob(key(name), content(text), {}, {}, conditions);
  }
  Result<> stage(const std::string& name, const std::string& id, std::string_view text) {
    return blobs().put_block(key(name), id, content(text));
  }
  /// "+id" uncommitted, "=id" committed, "id" latest.
  Result<BlobInfo> list_of(const std::string& name, const std::vector<std::string>& ids,
                           const Conditions& conditions = {}) {
    std::vector<BlockReference> blocks;
    for (const auto& id : ids) {
      const auto source = id.starts_with('+')   ? BlockSource::uncommitted
                          : id.starts_with('=') ? BlockSource::committed
                                                : BlockSource::latest;
      blocks.push_back({source, source == BlockSource::latest ? id : id.substr(1)});
    }
    return blobs().put_block_list(key(name), blocks, {}, {}, conditions);
  }

  static std::string text_of(Snapshot& snapshot) {
    std::string text(snapshot.info().size, '?');
    const MutableBytes into(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    const auto count = snapshot.read(0, into);
    return count ? text.substr(0, count.value()) : std::string(quaymaster::name(count.error().kind()));
  }
  /// The content, or the name of the error.
  std::string text_of(const std::string& name, const std::string& container = "c") {
    const auto snapshot = blobs().open_blob(key(name, container));
    return snapshot ? text_of(*snapshot.value()) : std::string(quaymaster::name(snapshot.error().kind()));
  }

  /// "name", "name?" (uncommitted only) and "prefix*", page after page.
  std::vector<std::string> names(ListRequest request, const std::string& container = "c") {
    std::vector<std::string> all;
    do {
      const auto page = blobs().list_blobs("a", container, request);
      if (!page) {
        return {std::string(quaymaster::name(page.error().kind()))};
      }
      EXPECT_LE(page.value().items.size(), request.limit);
      for (const auto& item : page.value().items) {
        all.push_back(!item.blob ? item.prefix + "*" : item.blob->name + (item.blob->etag == 0 ? "?" : ""));
      }
      request.marker = page.value().next_marker;
    } while (!request.marker.empty());
    return all;
  }

  std::uint64_t bytes_on_disk() const {
    std::uint64_t bytes = 0;
    for (const auto& extent : extents()) {
      bytes += std::filesystem::file_size(extent);
    }
    return bytes;
  }
  std::vector<Path> extents() const {
    std::vector<Path> paths;
    if (std::filesystem::exists(directory_.path() / "extents")) {
      for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "extents")) {
        paths.push_back(entry.path());
      }
    }
    std::ranges::sort(paths);
    return paths;
  }

  SystemDisk disk_;
  TestDirectory directory_;
  ManualClock clock_{kStart};
  Options options_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<Store> store_;
};

}  // namespace quaymaster::blob
