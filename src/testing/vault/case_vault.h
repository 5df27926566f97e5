#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/encode.h"
#include "testing/base/failing_disk.h"
#include "testing/store/failing_database.h"
#include "testing/vault/test_vault.h"
#include "vault/chunks/chunk_hash.h"
#include "vault/keys/key_wrappings.h"
#include "vault/pack/pack_format.h"

namespace quaymaster::vault::test {

/// Chunks by number; a number always stands for the same bytes.
using Chunks = std::vector<std::uint32_t>;

inline Chunks chunks(std::uint32_t from, std::uint32_t to) {  // excluding `to`
  Chunks all;
  for (; from < to; ++from) {
    all.push_back(from);
  }
  return all;
}
inline Chunks both(Chunks first, const Chunks& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}
inline Buffer chunk_bytes(std::uint32_t number, std::size_t size) {
  Buffer bytes(size);
  std::uint64_t state = number + 1;
  for (std::size_t at = 0; at < size; at += 8) {
    auto word = state += 0x9E3779B97F4A7C15ULL;
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9ULL;
    word = (word ^ word >> 27) * 0x94D049BB133111EBULL;
    word ^= word >> 31;
    std::memcpy(bytes.data() + at, &word, std::min<std::size_t>(8, size - at));
  }
  return bytes;
}

/// A pack as read by tests without the engine: with only the vault's key and the format.
struct PackOnDisk {
  std::string name;
  Path file;
  PackIndex index;                     // empty: it does not open
  std::vector<std::uint64_t> offsets;  // of frames

  bool opens() const { return !index.chunks.empty(); }
  std::set<std::uint32_t> frames_of(const ChunkId& id) const {
    std::set<std::uint32_t> frames;
    for (const auto& chunk : index.chunks) {
      if (chunk.id == id) {
        frames.insert(chunk.frame);
      }
    }
    return frames;
  }
};

inline void flip(const Path& file, std::uint64_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(stream.get() ^ 0x40);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
  check(static_cast<bool>(stream.flush()));
}

/// A vault for test cases of a few lines: chunks have numbers, contents of points are remembered, the disk and the
/// records can be made to fail while the vault is open. `room` is how many chunks the index keeps in memory before it
/// writes a run. One session's chunks become one pack, up to 1 MiB of them.
///
///   CaseVault v(10);
///   const auto all = v.backup_of(chunks(0, 10));
///   v.backup_of(chunks(0, 3));
///   v.forget(all);
///   ASSERT_TRUE(v.collect());
///   EXPECT_TRUE(v.all_restore());
class CaseVault : public TestVault {
 public:
  static constexpr std::size_t kRoomy = 400'000;

  explicit CaseVault(std::size_t room = kRoomy, std::size_t chunk_size = 900)
      : TestVault(options_of(room, 2), fast_place()), chunk_size_(chunk_size) {
    prepare();
  }
  /// Chunks have different sizes, 200 to 2000 bytes, and everything is repeatable, as far as threads allow.
  CaseVault(std::size_t room, std::uint64_t seed, const Path& place)
      : TestVault(options_of(room, 1), place, seed), chunk_size_(0) {
    prepare();
  }
  ~CaseVault() {
    vault.reset();  // before the disk and the records it uses
    objects.reset();
  }

  /// A backup in progress. Destroying it abandons it.
  class Backup {
   public:
    explicit Backup(CaseVault& vault) : vault_(&vault), session_(vault.vault->begin().value()) { new_writer(); }
    /// Appends these chunks, each as a separate stream.
    Result<> add(const Chunks& some) {
      for (const auto number : some) {
        TRY(const auto extents, writers_.back()->finish(vault_->bytes_of(number)));
        extents_.insert(extents_.end(), extents.begin(), extents.end());
        taken_.push_back(number);
      }
      return ok();
    }
    /// Reuses all chunks of a point without appending bytes. False: not all of them are known, and nothing was reused.
    Result<bool> reuse(const Guid& point) {
      TRY(const auto previous, vault_->vault->point(point));
      const auto extents = read_root(previous.root);
      TRY(const auto known, session_->reuse(extents));
      if (!known) {
        return false;
      }
      extents_.insert(extents_.end(), extents.begin(), extents.end());
      taken_ = both(std::move(taken_), vault_->points.at(point));
      return true;
    }
    /// The same for single chunks, in the middle of a stream. Unknown ones are appended.
    Result<> add_known(const Chunks& some) {
      for (const auto number : some) {
        TRY(const auto known, writers_.back()->append_known(vault_->id_of(number), vault_->size_of(number)));
        if (!known) {
          TRY(add({number}));
          continue;
        }
        TRY(const auto extents, writers_.back()->finish());
        extents_.insert(extents_.end(), extents.begin(), extents.end());
        taken_.push_back(number);
      }
      return ok();
    }
    /// What follows goes into a separate frame.
    void new_writer() { writers_.push_back(session_->stream(Cut::aligned)); }
    /// Puts everything so far into packs; the backup continues.
    Result<> seal() {
      writers_.clear();
      TRY(session_->seal());
      new_writer();
      return ok();
    }
    /// Returns the point, which must restore from now on. The backup is over.
    Result<Guid> commit() {
      writers_.clear();
      TRY(const auto point, vault_->vault->commit(std::move(session_), "s", write_root(extents_), {}));
      vault_->points[point.id] = taken_;
      totals_ = point.totals;
      return point.id;
    }
    const Totals& totals() const { return totals_; }

   private:
    CaseVault* vault_;
    std::unique_ptr<Session> session_;
    std::vector<std::unique_ptr<StreamWriter>> writers_;  // destroyed before their session
    std::vector<StreamPart> extents_;
    Chunks taken_;
    Totals totals_;
  };

  Backup open_backup() { return Backup(*this); }
  Result<Guid> try_backup(const Chunks& some) {
    auto backup = open_backup();
    TRY(backup.add(some));
    return backup.commit();
  }
  Guid backup_of(const Chunks& some) { return try_backup(some).value(); }
  /// A backup of these chunks, which is removed at once, stores this many of them.
  testing::AssertionResult stores_of(const Chunks& some, std::uint64_t expected) {
    auto backup = open_backup();
    if (const auto added = backup.add(some); !added) {
      return testing::AssertionFailure() << added.error().cause();
    }
    const auto point = backup.commit();
    if (!point) {
      return testing::AssertionFailure() << point.error().cause();
    }
    forget(point.value());
    if (backup.totals().chunks_new != expected) {
      return testing::AssertionFailure() << "stored " << backup.totals().chunks_new << " chunks";
    }
    return testing::AssertionSuccess();
  }
  void abandon_backup_of(const Chunks& some) {
    auto backup = open_backup();
    static_cast<void>(backup.add(some));
  }
  void forget(const Guid& point) {
    ASSERT_TRUE(remove(point));
    points.erase(point);
  }
  Result<CollectReport> collect(const Heartbeat& heartbeat = {}) { return vault->collect(heartbeat); }

  Result<> try_restart() { return try_reopen(disk, records); }
  void restart() {
    const auto opened = try_restart();
    ASSERT_TRUE(opened) << opened.error().cause();
  }
  /// The process dies now: `drop` destroys the open backups without any effect on the disk or the records.
  void kill(const std::function<void()>& drop = {}) {
    disk.fail_from_now(0, Errc::io, true);
    records.die();
    if (drop) {
      drop();
    }
    vault.reset();
    disk.heal();
    records.heal();
    restart();
  }

  /// Finds points of the chunks 0 … numbers-1 that were committed although their backups got an error, which may happen
  /// to a change of the records when the process dies before the next one. They must restore like others.
  Result<> adopt_points(std::uint32_t numbers) {
    std::map<ChunkId, std::uint32_t> known;
    for (std::uint32_t number = 0; number < numbers; ++number) {
      known[id_of(number)] = number;
    }
    TRY(const auto listed, vault->points("s"));
    for (const auto& point : listed) {
      if (points.contains(point.id)) {
        continue;
      }
      TRY(const auto whole, vault->point(point.id));
      auto& taken = points[point.id];
      for (const auto& extent : read_root(whole.root)) {
        taken.push_back(known.at(extent.chunk.value()));
      }
    }
    return ok();
  }

  testing::AssertionResult restores(const Guid& point) {
    const auto read = restore(point);
    if (!read) {
      return testing::AssertionFailure() << point.text() << " does not restore: " << read.error().cause();
    }
    if (read.value() != content_of(points.at(point))) {
      return testing::AssertionFailure() << point.text() << " restores other bytes";
    }
    return testing::AssertionSuccess();
  }
  testing::AssertionResult all_restore() {
    for (const auto& [id, taken] : points) {
      if (auto good = restores(id); !good) {
        return good;
      }
    }
    return testing::AssertionSuccess();
  }
  testing::AssertionResult is_clean() {
    for (const auto depth : {CheckDepth::structure, CheckDepth::every_byte}) {
      const auto report = vault->check(depth, {});
      if (!report) {
        return testing::AssertionFailure() << "check fails: " << report.error().cause();
      }
      for (const auto& damage : report.value().damage) {
        return testing::AssertionFailure() << text_of(damage);
      }
    }
    return testing::AssertionSuccess();
  }
  /// The objects are exactly those that rows name, and points need as much of every pack as collect guarantees. Holds
  /// after a collect without concurrent backups.
  testing::AssertionResult has_only_what_is_needed() {
    std::set<ChunkId> needed;
    for (const auto& [id, taken] : points) {
      for (const auto number : taken) {
        needed.insert(id_of(number));
      }
    }
    const auto packs = packs_on_disk();
    if (packs.size() != vault->stats().value().packs) {
      return testing::AssertionFailure() << packs.size() << " pack objects, " << vault->stats().value().packs
                                         << " are known";
    }
    for (const auto& pack : packs) {
      std::uint64_t all = 0;
      std::uint64_t kept = 0;
      for (const auto& chunk : pack.index.chunks) {
        all += chunk.size;
        kept += needed.contains(chunk.id) ? chunk.size : 0;
      }
      if (static_cast<double>(kept) < 0.7 * static_cast<double>(all)) {
        return testing::AssertionFailure() << "of " << pack.name << " points need " << kept << " of " << all;
      }
    }
    const auto objects_of_points = object_names("points").size();
    if (objects_of_points != points.size()) {
      return testing::AssertionFailure() << objects_of_points << " objects of points, expected " << points.size();
    }
    return testing::AssertionSuccess();
  }
  /// Everything that must hold at the end of a case, in this process and after each of two restarts.
  testing::AssertionResult is_whole() {
    for (int restarts = 0;; ++restarts) {
      if (auto good = all_restore(); !good) {
        return good << " after " << restarts << " restarts";
      }
      if (auto good = is_clean(); !good) {
        return good << " after " << restarts << " restarts";
      }
      if (restarts == 2) {
        return testing::AssertionSuccess();
      }
      if (const auto opened = try_restart(); !opened) {
        return testing::AssertionFailure() << "does not open: " << opened.error().cause();
      }
    }
  }
  /// The same, and a collect then leaves exactly what is needed.
  testing::AssertionResult is_whole_and_collects() {
    if (auto good = is_whole(); !good) {
      return good;
    }
    if (const auto collected = collect(); !collected) {
      return testing::AssertionFailure() << "collect fails: " << collected.error().cause();
    }
    if (auto good = has_only_what_is_needed(); !good) {
      return good;
    }
    return is_whole();
  }
  CheckReport check_every_byte() { return vault->check(CheckDepth::every_byte, {}).value(); }

  static std::string text_of(const Damage& damage) {
    return fmt::format("{}: {} ({} points, {} bytes)", damage.object, damage.what, damage.points.size(),
                       damage.bytes_lost);
  }

  std::size_t size_of(std::uint32_t number) const {
    return chunk_size_ != 0 ? chunk_size_ : 200 + number * 2654435761U % 1800;
  }
  Buffer bytes_of(std::uint32_t number) const { return chunk_bytes(number, size_of(number)); }
  ChunkId id_of(std::uint32_t number) const { return (*hash_)(bytes_of(number)); }
  Buffer content_of(const Chunks& taken) const {
    Buffer all;
    for (const auto number : taken) {
      append(all, bytes_of(number));
    }
    return all;
  }

  /// In memory where the system has such a place: syncs are free there.
  static Path fast_place() {
    const Path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
  }

  PackOnDisk read_pack(const Path& file) {
    PackOnDisk pack;
    const auto hex = file.filename().string();
    const auto raw = decode_hex(hex).value();
    PackId id;
    std::ranges::copy(raw, id.bytes.begin());
    pack.name = pack_name("v", id);
    pack.file = file;
    const auto bytes = read_file(real_disk, file);
    if (!bytes) {
      return pack;  // it was being written and was abandoned
    }
    const Bytes all(bytes.value());
    if (all.size() < kPackHeaderSize + kPackTrailerSize || !check_header(all, id)) {
      return pack;
    }
    const auto trailer = read_trailer(all.last(kPackTrailerSize), all.size());
    if (!trailer) {
      return pack;
    }
    auto index = open_index(pack_key(keys_->pack, id), id, trailer.value(),
                            all.subspan(trailer.value().index_offset, trailer.value().index_size));
    if (!index) {
      return pack;
    }
    pack.index = std::move(index).value();
    std::uint64_t offset = kPackHeaderSize;
    for (const auto& frame : pack.index.frames) {
      pack.offsets.push_back(offset);
      offset += frame.sealed_size;
    }
    return pack;
  }
  std::vector<PackOnDisk> packs_on_disk() {
    std::vector<PackOnDisk> packs;
    for (const auto& file : files("packs")) {
      packs.push_back(read_pack(file));
    }
    return packs;
  }
  /// The only pack that holds this chunk.
  PackOnDisk pack_with(std::uint32_t number) {
    std::optional<PackOnDisk> found;
    for (auto& pack : packs_on_disk()) {
      if (pack.frames_of(id_of(number)).empty()) {
        continue;
      }
      check(!found);
      found = std::move(pack);
    }
    return std::move(found).value();
  }
  /// Changes a byte of the frame in which this pack has this chunk.
  void damage_chunk(const PackOnDisk& pack, std::uint32_t number) {
    const auto frames = pack.frames_of(id_of(number));
    check(frames.size() == 1);
    flip(pack.file, pack.offsets[*frames.begin()] + 5);
  }

  FailingDisk disk{real_disk};
  store::FailingDatabase records{*database};
  std::map<Guid, Chunks> points;  // committed and not removed

 private:
  static Options options_of(std::size_t room, std::size_t threads) {
    Options options;
    options.threads = threads;
    options.index_memory = room * 160;
    options.memory_budget = 24 * kMiB;
    return options;
  }
  void prepare() {
    keys_ = std::make_unique<Keys>(open_keys(*objects, "v", key).value());
    hash_ = std::make_unique<ChunkHash>(keys_->chunk_id);
    restart();
  }

  const std::size_t chunk_size_;
  std::unique_ptr<Keys> keys_;
  std::unique_ptr<ChunkHash> hash_;
};

}  // namespace quaymaster::vault::test
