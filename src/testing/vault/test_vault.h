#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <random>

#include "base/check.h"
#include "base/files/disk.h"
#include "objects/directory/directory_store.h"
#include "store/database.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"
#include "vault/engine/open_vault.h"
#include "vault/vault.h"

namespace quaymaster::vault::test {

/// The root of a test point consists of its extents, 24 bytes each: size, and the chunk's id or zeros for a hole.
inline Buffer write_root(const std::vector<StreamPart>& extents) {
  Buffer root;
  for (const auto& extent : extents) {
    append_le(root, extent.size);
    append(root, extent.chunk.value_or(ChunkId{}).bytes);
  }
  return root;
}
inline std::vector<StreamPart> read_root(Bytes root) {
  std::vector<StreamPart> extents;
  for (; root.size() >= 24; root = root.subspan(24)) {
    ChunkId id;
    std::ranges::copy(root.subspan(8, 16), id.bytes.begin());
    extents.push_back({id == ChunkId{} ? std::nullopt : std::optional(id), load_le64(root)});
  }
  return extents;
}
inline Result<> trace_root(Bytes root, const OpenStream&, const std::function<Result<>(const StreamPart&)>& visit) {
  for (const auto& extent : read_root(root)) {
    TRY(visit(extent));
  }
  return ok();
}

/// Repeatable noise.
inline Buffer noise(std::size_t size, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  Buffer bytes(size);
  for (std::size_t i = 0; i < size; i += 8) {
    const auto word = random();
    std::memcpy(bytes.data() + i, &word, std::min<std::size_t>(8, size - i));
  }
  return bytes;
}

/// The system's random source, or a repeatable sequence when seeded.
class TestRandom final : public RandomSource {
 public:
  explicit TestRandom(std::optional<std::uint64_t> seed = {}) : is_seeded_(seed), engine_(seed.value_or(0)) {}
  void fill(MutableBytes bytes) override {
    if (!is_seeded_) {
      return system_.fill(bytes);
    }
    const std::lock_guard lock(mutex_);
    for (auto& byte : bytes) {
      byte = static_cast<std::uint8_t>(engine_());
    }
  }

 private:
  const bool is_seeded_;
  SystemRandom system_;
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

/// A vault in its own directory, below `place`. Disk and records may be replaced by ones that fail; reopen() is a
/// restart.
class TestVault {
 public:
  explicit TestVault(Options options = {}, const Path& place = std::filesystem::temp_directory_path(),
                     std::optional<std::uint64_t> seed = {})
      : random(seed), options_(std::move(options)) {
    if (!options_.trace) {
      options_.trace = trace_root;
    }
    if (options_.threads == 0) {
      options_.threads = 2;
    }
    std::string pattern = (place / "qm-vault-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    const store::Schema schemas[] = {schema()};
    database = store::open_in_memory(schemas).value();
    objects = objects::open_directory(real_disk, root).value();
    check(static_cast<bool>(create_vault(*database, *objects, random, "v", key)));
    reopen();
  }
  ~TestVault() {
    vault.reset();
    objects.reset();
    std::filesystem::remove_all(root);
  }

  void reopen() { ASSERT_TRUE(try_reopen(real_disk)); }
  Result<> try_reopen(Disk& disk) { return try_reopen(disk, *database); }
  Result<> try_reopen(Disk& disk, store::Database& records) {
    vault.reset();
    TRY(objects, objects::open_directory(disk, root));
    TRY(vault, open_vault(records, *objects, clock, random, "v", key, options_));
    return ok();
  }

  Result<Point> backup(Bytes bytes, Cut cut = Cut::content, std::string_view source = "s") {
    TRY(auto session, vault->begin());
    auto stream = session->stream(cut);
    TRY(stream->append(bytes));
    TRY(const auto extents, stream->finish());
    stream.reset();
    return vault->commit(std::move(session), source, write_root(extents), {});
  }
  Result<Buffer> restore(const Guid& id) {
    TRY(const auto point, vault->point(id));
    const auto reader = vault->read(read_root(point.root));
    Buffer bytes(reader->size());
    TRY(const auto count, reader->read(0, bytes));
    check(count == bytes.size());
    return bytes;
  }
  Result<> remove(const Guid& id) {
    return database->write([this, id](store::Writer& writer) { return vault->remove_point(writer, id); });
  }
  std::vector<std::string> object_names(std::string_view folder) {
    return objects->list(fmt::format("v/{}/", folder), "", 100000).value();
  }
  std::vector<Path> files(std::string_view folder) {
    std::vector<Path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.is_regular_file() && entry.path().string().find(fmt::format("/{}/", folder)) != std::string::npos) {
        found.push_back(entry.path());
      }
    }
    return found;
  }

  SystemDisk real_disk;
  TestRandom random;
  ManualClock clock{parse_time("2026-01-01").value()};
  KeyEncryptionKey key{KeyEncryptionKey::Kind::file, Buffer(32, 7)};
  Path root;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<objects::ObjectStore> objects;
  std::unique_ptr<Vault> vault;

 private:
  Options options_;
};

}  // namespace quaymaster::vault::test
