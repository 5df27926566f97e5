#include "vault/vault.h"

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "base/log.h"
#include "vault/core/point_format.h"
#include "vault/engine/open_vault.h"
#include "vault/keys/key_wrappings.h"
#include "vault/records/vault_rows.h"
#include "vault/session/session.h"
#include "vault/session/stream.h"
#include "vault/upkeep/tasks.h"

namespace quaymaster::vault {
namespace {

class VaultImpl final : public Vault {
 public:
  VaultImpl(store::Database& database, objects::ObjectStore& objects, Clock& clock, RandomSource& random,
            const std::string& prefix, const Keys& keys, Options options)
      : core_(database, objects, clock, random, prefix, keys, std::move(options)) {}

  Result<> load() {
    std::optional<VaultHead> head;
    TRY(core_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(head, read_head(reader, core_.prefix));
      return read_packs(reader, core_.prefix, core_.packs);
    }));
    if (head) {
      core_.packs.raise_next(head->next_pack);
    }
    const auto opened = core_.index.open();
    if (!opened && !is_damage(opened.error())) {
      return opened;
    }
    if (!head || head->rebuild_ordered || !opened) {
      if (!opened) {
        log::warning("vault", "the chunk index of {} is damaged and is rebuilt from its packs: {}", core_.prefix,
                     opened.error().cause());
      }
      TRY(core_.rebuild_index());
    }
    return core_.load_unindexed();
  }

  Result<std::unique_ptr<Session>> begin() override {
    return std::unique_ptr<Session>(std::make_unique<Handle>(BackupSession::begin(core_)));
  }

  Result<Point> commit(std::unique_ptr<Session> session, std::string_view source, Bytes root,
                       OwnRecords with) override {
    TRY(session->seal());
    Point point{
        core_.random.guid(), std::string(source), core_.clock.now(), session->totals(), {root.begin(), root.end()}};
    const auto name = point_name(core_.prefix, point.id);
    core_.mark_pending(name);
    auto committed = put_point(name, point, std::move(with));
    core_.mark_recorded(name);
    if (!committed) {
      return std::move(committed).error();
    }
    return point;
  }

  Result<Point> point(const Guid& id) override { return load_point(core_, id); }

  Result<std::vector<Point>> points(std::string_view source) override {
    std::vector<Point> points;
    TRY(core_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(const auto rows, read_points(reader, core_.prefix, source));
      for (const auto& row : rows) {
        points.push_back({row.id, std::string(source), row.created, {}, {}});
      }
      return ok();
    }));
    return points;
  }

  Result<> remove_point(store::Writer& writer, const Guid& id) override {
    TRY(const bool was_there, remove_point_row(writer, core_.prefix, id));
    if (!was_there) {
      return not_found("there is no recovery point {}", id.text());
    }
    return ok();
  }

  std::unique_ptr<StreamReader> read(std::vector<StreamPart> extents) override {
    return make_reader(core_, std::move(extents));
  }
  Result<CheckReport> check(CheckDepth depth, const Heartbeat& heartbeat) override {
    return check_vault(core_, depth, heartbeat);
  }
  Result<CollectReport> collect(const Heartbeat& heartbeat, const store::Fence& fence) override {
    return collect_vault(core_, heartbeat, fence);
  }
  Result<> rebuild_index() override { return core_.rebuild_index(); }

  Result<Stats> stats() override {
    Stats stats;
    for (const auto& [number, info] : core_.packs.all()) {
      ++stats.packs;
      stats.chunks += info.chunks;
      stats.bytes_on_disk += info.size;
      stats.bytes_plain += info.plain_size;
    }
    TRY(const auto ids, point_ids(core_));
    stats.points = ids.size();
    return stats;
  }

  Result<> change_key(const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key) override {
    return rewrap_keys(core_.objects, core_.random, {&core_.prefix, 1}, old_key, new_key, {});
  }

 private:
  /// The caller's handle: the session itself may be kept a moment longer by others that wait for what it stores.
  class Handle final : public Session {
   public:
    explicit Handle(std::shared_ptr<BackupSession> session) : session_(std::move(session)) {}
    std::unique_ptr<StreamWriter> stream(Cut cut) override { return session_->stream(cut); }
    Result<bool> reuse(std::span<const StreamPart> extents) override { return session_->reuse(extents); }
    Result<> seal() override { return session_->seal(); }
    Totals totals() const override { return session_->totals(); }

   private:
    std::shared_ptr<BackupSession> session_;
  };

  Result<> put_point(const std::string& name, const Point& point, OwnRecords with) {
    TRY(core_.objects.put(name, write_point(core_.keys.point, point)));
    return core_.database.write([this, &point, with = std::move(with)](store::Writer& writer) mutable -> Result<> {
      TRY(add_point(writer, core_.prefix, {point.id, point.created}, point.source));
      return with ? with(writer, point) : ok();
    });
  }

  Core core_;
};

}  // namespace

store::Schema schema() {
  return vault_schema();
}

Result<> create_vault(store::Database& database, objects::ObjectStore& objects, RandomSource& random,
                      const std::string& prefix, const KeyEncryptionKey& key) {
  static_cast<void>(database);  // its tables are made by the schema; a new vault has no rows
  return make_keys(objects, random, prefix, key);
}

Result<std::unique_ptr<Vault>> open_vault(store::Database& database, objects::ObjectStore& objects, Clock& clock,
                                          RandomSource& random, const std::string& prefix, const KeyEncryptionKey& key,
                                          Options options) {
  TRY(const auto keys, open_keys(objects, prefix, key));
  auto vault = std::make_unique<VaultImpl>(database, objects, clock, random, prefix, keys, std::move(options));
  TRY(vault->load());
  return std::unique_ptr<Vault>(std::move(vault));
}

/// The keys first: without them the rest cannot be decrypted, whenever it is removed.
Result<> destroy_vault(store::Database& database, objects::ObjectStore& objects, const std::string& prefix,
                       const store::Fence& fence) {
  constexpr std::size_t kAtOnce = 1000;
  for (const auto& below : {prefix + "/key/", prefix + "/"}) {
    while (true) {
      TRY(const auto names, objects.list(below, "", kAtOnce));
      if (names.empty()) {
        break;
      }
      for (const auto& name : names) {
        if (auto gone = objects.remove(name); !gone && gone.error().kind() != Errc::not_found) {
          return gone;
        }
      }
    }
  }
  return database.write(alone_with(prefix), [&](store::Writer& writer) -> Result<> {
    TRY(fence.check(writer));
    return remove_vault_rows(writer, prefix);
  });
}

Result<std::vector<Guid>> point_ids(Core& core) {
  std::vector<Guid> ids;
  TRY(core.database.read([&](store::Reader& reader) -> Result<> {
    TRY(ids, read_point_ids(reader, core.prefix));
    return ok();
  }));
  return ids;
}

Result<Point> load_point(Core& core, const Guid& id) {
  const auto name = point_name(core.prefix, id);
  TRY(const auto size, core.objects.size(name));
  Buffer object(size);
  TRY(const auto count, core.objects.read(name, 0, object));
  object.resize(count);
  return read_point(core.keys.point, id, object);
}

Result<> trace_point(Core& core, const Point& point, const std::function<Result<>(const StreamPart&)>& visit) {
  if (!core.options.trace) {
    return unsupported("the vault was opened without a way to trace its points");
  }
  const OpenStream open = [&core](std::vector<StreamPart> extents) { return make_reader(core, std::move(extents)); };
  return core.options.trace(point.root, open, visit);
}

}  // namespace quaymaster::vault
