#include <algorithm>
#include <limits>

#include "base/check.h"
#include "blob/blob_store.h"
#include "blob/conditions.h"
#include "blob/extents/extents.h"
#include "blob/extents/pins.h"
#include "blob/reclaim/reclaim.h"
#include "blob/records/accounts.h"
#include "blob/records/blocks.h"
#include "blob/records/containers.h"
#include "blob/records/deletion.h"
#include "blob/records/former.h"
#include "blob/records/listing.h"
#include "blob/records/records.h"
#include "blob/store/open_store.h"
#include "blob/versions/committer.h"
#include "blob/versions/snapshot.h"
#include "blob/versions/upload.h"

namespace quaymaster::blob {
namespace {

class ExtentStore final : public Store {
 public:
  ExtentStore(store::Database& database, objects::ObjectStore& objects, Clock& clock, Sequence sequence,
              std::unique_ptr<Pins> pins, std::unique_ptr<Extents> extents, const Space* space)
      : database_(database),
        objects_(objects),
        space_(space),
        sequence_(std::move(sequence)),
        context_{clock, sequence_},
        pins_(std::move(pins)),
        extents_(std::move(extents)),
        committer_(database),
        reclaim_(database, objects, *extents_, *pins_, clock, space) {}

  Result<ContainerInfo> create_container(const std::string& account, const std::string& container,
                                         Metadata metadata) override {
    return written<ContainerInfo>(
        [&](store::Writer& writer) { return blob::create_container(writer, context_, account, container, metadata); });
  }
  Result<ContainerInfo> get_container(const std::string& account, const std::string& container) override {
    return looked_up<ContainerInfo>(
        [&](store::Reader& reader) { return blob::get_container(reader, account, container); });
  }
  Result<ContainerInfo> set_container_metadata(const std::string& account, const std::string& container,
                                               Metadata metadata) override {
    return written<ContainerInfo>([&](store::Writer& writer) {
      return blob::set_container_metadata(writer, context_, account, container, metadata);
    });
  }
  Result<> delete_container(const std::string& account, const std::string& container,
                            const Conditions& conditions) override {
    return database_.write([&](store::Writer& writer) -> Result<> {
      return blob::delete_container(writer, context_, account, container, conditions);
    });
  }
  Result<ContainerInfo> restore_container(const std::string& account, const std::string& deleted_name, std::uint64_t id,
                                          const std::string& container) override {
    return written<ContainerInfo>([&](store::Writer& writer) {
      return blob::restore_container(writer, context_, account, deleted_name, id, container);
    });
  }
  Result<ContainerPage> list_containers(const std::string& account, const std::string& prefix,
                                        const std::string& marker, std::size_t limit, bool with_deleted) override {
    const auto now = with_deleted ? std::optional(context_.clock.now()) : std::nullopt;
    return looked_up<ContainerPage>(
        [&](store::Reader& reader) { return blob::list_containers(reader, account, prefix, marker, limit, now); });
  }
  Result<> delete_account(const std::string& account) override {
    for (bool more = true; more;) {
      TRY(database_.write([&](store::Writer& writer) -> Result<> {
        TRY(more, blob::delete_some_containers(writer, account));
        return ok();
      }));
    }
    return ok();
  }
  Result<Keeping> get_keeping(const std::string& account) override {
    return looked_up<Keeping>([&](store::Reader& reader) { return read_keeping(reader, account); });
  }
  Result<Keeping> change_keeping(const std::string& account, const std::function<void(Keeping&)>& edit) override {
    return written<Keeping>([&](store::Writer& writer) { return blob::change_keeping(writer, account, edit); });
  }

  std::unique_ptr<Upload> upload(Hashing hashing) override {
    return make_upload(*extents_, *pins_, hashing, [this](std::uint64_t bytes) { return make_room(bytes); });
  }
  Result<> flush(const std::vector<const Content*>& contents) override {
    for (const auto* content : contents) {
      TRY(StoredContent::of(*content).flush());
    }
    return ok();
  }

  Result<BlobInfo> put_blob(const BlobKey& key, std::unique_ptr<Content> content, Properties properties,
                            Metadata metadata, const Conditions& conditions) override {
    const auto& stored = StoredContent::of(*content);
    BlobInfo info;
    TRY(committer_.commit(stored, [&](store::Writer& writer) -> Result<> {
      TRY(const auto target, find_target(writer, key));
      TRY(check_target(conditions, target));
      const NewVersion version{Type::block, stored.size(), stored.pieces(), {}, properties, metadata};
      TRY(info, save(writer, context_, key, target, version));
      return ok();
    }));
    return info;
  }
  Result<> put_block(const BlobKey& key, const std::string& block_id, std::unique_ptr<Content> content) override {
    const auto& stored = StoredContent::of(*content);
    return committer_.commit(stored, [&](store::Writer& writer) -> Result<> {
      return stage_block(writer, context_, key, block_id, stored.size(), stored.pieces());
    });
  }
  Result<BlobInfo> put_block_list(const BlobKey& key, const std::vector<BlockReference>& blocks, Properties properties,
                                  Metadata metadata, const Conditions& conditions) override {
    return written<BlobInfo>([&](store::Writer& writer) {
      return commit_list(writer, context_, key, blocks, properties, metadata, conditions);
    });
  }
  Result<BlockLists> get_block_lists(const BlobKey& key, const StateId& state) override {
    return looked_up<BlockLists>([&](store::Reader& reader) { return block_lists(reader, key, state); });
  }

  Result<std::shared_ptr<Snapshot>> open_blob(const BlobKey& key, const StateId& state) override {
    const Pins::Lookup lookup(*pins_);
    TRY(auto blob, require_blob(key, state, Depth::pieces));
    PinSet pins(*pins_, blob.pieces);
    return std::shared_ptr<Snapshot>(
        std::make_shared<PinnedSnapshot>(objects_, std::move(blob.info), std::move(blob.pieces), std::move(pins)));
  }
  Result<BlobInfo> get_blob(const BlobKey& key, const StateId& state) override {
    TRY(auto blob, require_blob(key, state, Depth::info));
    return std::move(blob.info);
  }
  Result<BlobInfo> set_properties(const BlobKey& key, Properties properties, const Conditions& conditions) override {
    return written<BlobInfo>([&](store::Writer& writer) -> Result<BlobInfo> {
      TRY(auto blob, find_blob(writer, key, Depth::info));
      if (!blob) {
        return not_found("blob {} in container {}", key.name, key.container);
      }
      auto& info = blob->info;
      TRY(check_version(conditions, Version{info.etag, info.modified}, false));
      const auto tier = info.properties.tier;
      info.properties = properties;
      info.properties.tier = tier;
      info.etag = static_cast<std::uint64_t>(sequence_.next());
      info.modified = time_of_change(context_, blob);
      TRY(writer.change("UPDATE blob_blobs SET etag = ?, modified = ?, properties = ? WHERE id = ?", info.etag,
                        info.modified, encode(info.properties), blob->id));
      return std::move(info);
    });
  }
  Result<> set_tier(const BlobKey& key, Tier tier, const StateId& state) override {
    return database_.write([&](store::Writer& writer) -> Result<> {
      TRY(const auto blob, find_state(writer, key, state, Depth::info));
      if (!blob) {
        return not_found("blob {} in container {}", key.name, key.container);
      }
      if (blob->info.type != Type::block) {
        return unsupported("blob {} exists and is not a block blob", key.name);
      }
      TRY(writer.change(blob->kind == FormerKind::current
                            ? "UPDATE blob_blobs SET tier = ?, tier_changed = ? WHERE id = ?"
                            : "UPDATE blob_former SET tier = ?, tier_changed = ? WHERE id = ?",
                        encode_tier(tier), context_.clock.now(), blob->id));
      return ok();
    });
  }
  Result<BlobInfo> set_metadata(const BlobKey& key, Metadata metadata, const Conditions& conditions) override {
    return written<BlobInfo>(
        [&](store::Writer& writer) { return blob::set_metadata(writer, context_, key, metadata, conditions); });
  }
  Result<BlobInfo> create_snapshot(const BlobKey& key, const std::optional<Metadata>& metadata,
                                   const Conditions& conditions) override {
    return written<BlobInfo>(
        [&](store::Writer& writer) { return blob::create_snapshot(writer, context_, key, metadata, conditions); });
  }
  Result<bool> delete_blob(const BlobKey& key, const Conditions& conditions, const DeleteRequest& request) override {
    return written<bool>(
        [&](store::Writer& writer) { return blob::delete_blob(writer, context_, key, conditions, request); });
  }
  Result<> undelete_blob(const BlobKey& key) override {
    return database_.write(
        [&](store::Writer& writer) -> Result<> { return blob::undelete_blob(writer, context_, key); });
  }
  Result<ListPage> list_blobs(const std::string& account, const std::string& container,
                              const ListRequest& request) override {
    const auto now = context_.clock.now();
    return looked_up<ListPage>(
        [&](store::Reader& reader) { return list_page(reader, account, container, request, now); });
  }

  Result<BlobInfo> commit(store::Writer& writer, const NewBlob& blob) override;
  Result<std::optional<BlobInfo>> find(store::Reader& reader, const BlobKey& key) override {
    TRY(auto blob, find_blob(reader, key, Depth::info));
    return blob ? std::optional(std::move(blob->info)) : std::nullopt;
  }
  Result<> ensure_container(store::Writer& writer, const std::string& account, const std::string& container) override {
    auto created = blob::create_container(writer, context_, account, container, {});
    return created || created.error().kind() == Errc::conflict ? Result<>(ok()) : Result<>(created.error());
  }

  Result<std::uint64_t> reclaim(std::stop_token stop) override { return reclaim_.run(stop); }
  Result<std::uint64_t> reclaimable() override { return reclaim_.reclaimable(Effort::usual); }
  std::uint64_t room() override {
    if (space_ == nullptr) {
      return std::numeric_limits<std::uint64_t>::max();
    }
    const auto wasted = reclaim_.reclaimable(Effort::need);
    const auto free = space_->free_bytes();
    const auto sum = (free ? free.value() : 0) + (wasted ? wasted.value() : 0);
    return sum - std::min(sum, space_->floor());
  }
  Result<> make_room(std::uint64_t bytes) override {
    return space_ == nullptr || space_->has_room(bytes) ? Result<>(ok()) : reclaim_.make_room(bytes);
  }

 private:
  /// The result of a change, which may run several times until it is durable.
  template <class Answer, class Change>
  Result<Answer> written(Change change) {
    Answer answer;
    TRY(database_.write([&](store::Writer& writer) -> Result<> {
      TRY(answer, change(writer));
      return ok();
    }));
    return answer;
  }
  template <class Answer, class Look>
  Result<Answer> looked_up(Look look) {
    Answer answer;
    TRY(database_.read([&](store::Reader& reader) -> Result<> {
      TRY(answer, look(reader));
      return ok();
    }));
    return answer;
  }

  Result<BlobRecord> require_blob(const BlobKey& key, const StateId& state, Depth depth) {
    return looked_up<BlobRecord>([&](store::Reader& reader) -> Result<BlobRecord> {
      TRY(auto blob, find_state(reader, key, state, depth));
      if (!blob) {
        return not_found("blob {} in container {}", key.name, key.container);
      }
      return std::move(*blob);
    });
  }

  store::Database& database_;
  objects::ObjectStore& objects_;
  const Space* const space_;
  Sequence sequence_;
  const Context context_;
  const std::unique_ptr<Pins> pins_;
  const std::unique_ptr<Extents> extents_;
  Committer committer_;
  Reclaim reclaim_;
};

/// Checks the caller's parts: one that is not flushed or overlaps another is a bug of the caller.
Result<BlobInfo> ExtentStore::commit(store::Writer& writer, const NewBlob& blob) {
  TRY(const auto target, find_target(writer, blob.key));
  TRY(check_target(blob.conditions, target));
  NewVersion version{blob.type, blob.size, {}, {}, blob.properties, blob.metadata};
  std::uint64_t end = 0;
  for (const auto& part : blob.parts) {
    const auto& content = StoredContent::of(*part.content);
    check(content.flushed() && part.offset >= end && (blob.type == Type::page || part.offset == end));
    for (auto piece : content.pieces()) {
      piece.offset += part.offset;
      version.pieces.push_back(piece);
    }
    if (!part.block_id.empty()) {
      version.blocks.push_back({part.block_id, content.size()});
    }
    end = part.offset + content.size();
  }
  check(version.blocks.empty() || version.blocks.size() == blob.parts.size());
  check(blob.type == Type::page ? end <= blob.size : end == blob.size);
  if (version.blocks.size() > kMostCommittedBlocks) {
    return too_large("a blob of {} blocks", version.blocks.size());
  }
  return save(writer, context_, blob.key, target, version);
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(store::Database& database, objects::ObjectStore& objects, Clock& clock,
                                          Options options) {
  TRY(auto sequence, Sequence::open(database));
  auto pins = std::make_unique<Pins>();
  TRY(auto extents, Extents::open(database, objects, *pins, options));
  return std::unique_ptr<Store>(std::make_unique<ExtentStore>(database, objects, clock, std::move(sequence),
                                                              std::move(pins), std::move(extents), options.space));
}

}  // namespace quaymaster::blob
