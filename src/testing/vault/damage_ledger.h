#pragma once

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "testing/vault/case_vault.h"
#include "vault/core/point_format.h"

namespace quaymaster::vault::test {

/// A violation found in the vault after a step.
struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The damage that a test did to the objects of a vault, and what is lost by it until it is repaired. Knows every pack
/// as it was before any damage.
class DamageLedger {
 public:
  explicit DamageLedger(CaseVault& vault) : v_(vault) {}

  void flip_in_pack(std::uint32_t which, std::uint32_t where) {
    const auto pack = sound_pack(which);
    if (!pack) {
      return;
    }
    Damage damage{Damage::How::flipped, pack->file};
    const auto size = std::filesystem::file_size(pack->file);
    const auto first = pack->offsets[0];
    const auto end = pack->offsets.back() + pack->index.frames.back().sealed_size;
    switch (where % 4) {
      case 0:
        damage.at = where / 4 % first;
        break;
      case 1:
        damage.at = end + where / 4 % (size - end);
        break;
      default:
        damage.at = first + where / 4 % (end - first);
    }
    damage.is_readable = damage.at >= first && damage.at < end;
    for (const auto& chunk : pack->index.chunks) {
      const auto frame = pack->offsets[chunk.frame];
      const bool in_frame = damage.at >= frame && damage.at < frame + pack->index.frames[chunk.frame].sealed_size;
      if (in_frame || !damage.is_readable) {
        damage.lost.insert(chunk.id);
      }
    }
    flip(damage.file, damage.at);
    packs_[pack->name] = damage;
  }

  void hide_pack(std::uint32_t which) {
    const auto pack = sound_pack(which);
    if (!pack) {
      return;
    }
    Damage damage{Damage::How::hidden, pack->file};
    for (const auto& chunk : pack->index.chunks) {
      damage.lost.insert(chunk.id);
    }
    std::filesystem::create_directories(v_.root / "hidden");
    std::filesystem::rename(pack->file, hidden(pack->file));
    packs_[pack->name] = damage;
  }
  void flip_in_run(std::uint32_t which, std::uint32_t where) {
    const auto names = rows().runs;
    if (names.empty()) {
      return;
    }
    const auto& name = *std::next(names.begin(), which % names.size());
    const Path file = v_.root / name;
    if (runs_.contains(name) || !std::filesystem::exists(file)) {
      return;
    }
    const Flip damage{file, where % std::filesystem::file_size(file)};
    flip(damage.file, damage.at);
    runs_[name] = damage;
  }

  void flip_in_point(std::uint32_t which, std::uint32_t where) {
    if (v_.points.empty()) {
      return;
    }
    const auto& id = std::next(v_.points.begin(), which % v_.points.size())->first;
    const Path file = v_.root / point_name("v", id);
    if (points_.contains(id)) {
      return;
    }
    const Flip damage{file, where % std::filesystem::file_size(file)};
    flip(damage.file, damage.at);
    points_[id] = damage;
  }

  void mend(std::uint32_t which) {
    if (!points_.empty()) {
      const auto at = std::next(points_.begin(), which % points_.size());
      if (std::filesystem::exists(at->second.file)) {
        flip(at->second.file, at->second.at);
      }
      points_.erase(at);
      return;
    }
    if (!runs_.empty()) {
      const auto at = std::next(runs_.begin(), which % runs_.size());
      if (std::filesystem::exists(at->second.file)) {
        flip(at->second.file, at->second.at);
      }
      runs_.erase(at);
      return;
    }
    if (packs_.empty()) {
      return;
    }
    const auto at = std::next(packs_.begin(), which % packs_.size());
    const auto& damage = at->second;
    if (damage.how == Damage::How::hidden) {
      std::filesystem::create_directories(damage.file.parent_path());
      std::filesystem::rename(hidden(damage.file), damage.file);
      unseen_.insert(at->first);
    } else if (std::filesystem::exists(damage.file)) {
      flip(damage.file, damage.at);
      unseen_.insert(at->first);
    }
    packs_.erase(at);
  }

  bool empty() const { return packs_.empty() && runs_.empty() && points_.empty(); }
  bool has_packs() const { return !packs_.empty(); }
  bool has_points() const { return !points_.empty(); }
  bool names(const std::string& object) const { return packs_.contains(object) || runs_.contains(object); }
  bool is_damaged(const Guid& point) const { return points_.contains(point); }
  std::vector<std::string> packs() const { return keys_of(packs_); }
  std::vector<std::string> runs() const { return keys_of(runs_); }
  /// The vault has examined all packs since.
  void note_looked() { unseen_.clear(); }
  /// A check of every byte has reported all damage.
  void note_found() {
    for (auto& [name, damage] : packs_) {
      damage.is_found = true;
    }
  }

  /// The contents of the records.
  struct Rows {
    std::set<std::string> packs;
    std::set<std::string> runs;
  };
  Rows rows() {
    Rows rows;
    const auto read = v_.database->read([&](store::Reader& reader) -> Result<> {
      TRY(reader.each("SELECT id FROM vault_packs", [&](const store::Row& row) -> Result<> {
        TRY(const auto id, row.blob_guid(0));
        rows.packs.insert(pack_name("v", id));
        return ok();
      }));
      return reader.each("SELECT id, parts FROM vault_runs", [&](const store::Row& row) -> Result<> {
        for (std::int64_t part = 0; part < row.integer(1); ++part) {
          rows.runs.insert(fmt::format("v/index/{}-{:04}", hex_lower(row.blob(0)), part));
        }
        return ok();
      });
    });
    check(static_cast<bool>(read));
    return rows;
  }

  /// Chunks that no sound pack has, but that a pack had before it was damaged.
  struct Lost {
    std::set<ChunkId> for_good;     // unless it is repaired
    std::set<ChunkId> known_to_be;  // no backup relies on the vault's copies of these: a check has found the damage
    std::set<ChunkId> for_now;      // those, and chunks in packs that were repaired but not examined again
  };
  Lost lost() {
    learn_packs();
    const auto packs = rows().packs;
    std::erase_if(points_, [this](const auto& entry) { return !v_.points.contains(entry.first); });
    std::erase_if(runs_, [](const auto& entry) { return !std::filesystem::exists(entry.second.file); });
    std::set<ChunkId> sound;
    std::set<ChunkId> at_hand;
    std::set<ChunkId> deceiving;
    std::set<ChunkId> unfound;
    for (const auto& [name, damage] : packs_) {
      if (!damage.is_found) {
        unfound.insert(damage.lost.begin(), damage.lost.end());
      }
    }
    Lost found;
    for (const auto& name : packs) {
      const auto pack = known_.find(name);
      if (pack == known_.end() || !there_.contains(name)) {
        continue;
      }
      const auto damage = packs_.find(name);
      for (const auto& chunk : pack->second.index.chunks) {
        if (damage != packs_.end() && damage->second.lost.contains(chunk.id)) {
          if (damage->second.deceives()) {
            deceiving.insert(chunk.id);
          }
          continue;
        }
        sound.insert(chunk.id);
        (unseen_.contains(name) ? found.for_now : at_hand).insert(chunk.id);
      }
    }
    for (const auto& id : at_hand) {
      found.for_now.erase(id);
    }
    std::erase_if(packs_, [&](const auto& entry) {
      const auto& [name, damage] = entry;
      const bool abandoned = !packs.contains(name);
      for (const auto& id : damage.lost) {
        if (sound.contains(id)) {
          continue;
        }
        const auto point = who_needs(id);
        if (abandoned && point && !deceiving.contains(id)) {
          throw Wrong(fmt::format("{} was damaged and is given up, though {} needs chunk {} of it{}", name,
                                  point->text(), hex_lower(id.bytes), copies_of(id)));
        }
        found.for_good.insert(id);
        if (!unfound.contains(id)) {
          found.known_to_be.insert(id);
        }
        found.for_now.insert(id);
      }
      return abandoned;
    });
    return found;
  }

 private:
  struct Damage {
    enum class How { flipped, hidden } how;
    Path file;
    std::uint64_t at = 0;
    std::set<ChunkId> lost;
    bool is_readable = false;  // its index is readable: only bytes of frames are damaged
    bool is_found = false;     // by a check of every byte

    /// Whether the vault may take this copy for sound.
    bool deceives() const { return is_readable && !is_found; }
  };
  struct Flip {
    Path file;
    std::uint64_t at = 0;
  };
  template <class T>
  static std::vector<std::string> keys_of(const std::map<std::string, T>& map) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : map) {
      keys.push_back(key);
    }
    return keys;
  }
  Path hidden(const Path& file) { return v_.root / "hidden" / file.filename(); }

  void learn_packs() {
    there_.clear();
    for (const auto& file : v_.files("packs")) {
      const auto name = "v/packs/" + file.parent_path().filename().string() + "/" + file.filename().string();
      there_.insert(name);
      if (known_.contains(name) || packs_.contains(name)) {
        continue;
      }
      if (auto pack = v_.read_pack(file); pack.opens()) {  // otherwise it is being written
        known_[name] = std::move(pack);
      }
    }
  }

  /// The n-th known pack without damage.
  std::optional<PackOnDisk> sound_pack(std::uint32_t n) {
    learn_packs();
    std::vector<std::string> sound;
    for (const auto& name : rows().packs) {
      if (!packs_.contains(name) && there_.contains(name) && known_.contains(name)) {
        sound.push_back(name);
      }
    }
    if (sound.empty()) {
      return std::nullopt;
    }
    return known_.at(sound[n % sound.size()]);
  }

  /// For debugging.
  std::string copies_of(const ChunkId& id) {
    std::string text;
    const auto read = v_.database->read([&](store::Reader& reader) {
      return reader.each("SELECT id, number, state, indexed FROM vault_packs", [&](const store::Row& row) -> Result<> {
        TRY(const auto pack, row.blob_guid(0));
        const auto name = pack_name("v", pack);
        if (known_.contains(name) && !known_.at(name).frames_of(id).empty()) {
          text += fmt::format("; {} has it: number {}, state {}, indexed {}, {}", name, row.integer(1), row.integer(2),
                              row.integer(3), packs_.contains(name) ? "damaged" : "sound");
        }
        return ok();
      });
    });
    check(static_cast<bool>(read));
    return text;
  }

  std::optional<Guid> who_needs(const ChunkId& id) {
    for (const auto& [point, taken] : v_.points) {
      if (std::ranges::any_of(taken, [&](std::uint32_t number) { return v_.id_of(number) == id; })) {
        return point;
      }
    }
    return std::nullopt;
  }

  CaseVault& v_;
  std::map<std::string, Damage> packs_;  // not repaired, by the names of their objects
  std::map<Guid, Flip> points_;
  std::map<std::string, Flip> runs_;         // of runs that still exist
  std::map<std::string, PackOnDisk> known_;  // packs as they were before any damage
  std::set<std::string> unseen_;             // packs repaired since the vault last examined all packs
  std::set<std::string> there_;              // objects of packs that exist on the disk
};

}  // namespace quaymaster::vault::test
