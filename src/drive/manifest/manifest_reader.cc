#include "drive/manifest/manifest_reader.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "drive/format/entry_rules.h"
#include "drive/format/text.h"
#include "wire/xml_reader.h"

namespace quaymaster::drive {
namespace {

constexpr std::size_t kPiece = 64 * kKiB;

/// The reader's position in the document: the innermost element that contains others.
enum class Level { document, manifest, drive, list, blob, ranges };

/// The elements that contain text.
enum class Leaf : unsigned {
  drive_id,
  account_key,
  container_sas,
  client_creator,
  metadata,
  properties,
  blob_path,
  file_path,
  length,
  snapshot,
  disposition,
};
constexpr unsigned bit(Leaf leaf) {
  return 1U << static_cast<unsigned>(leaf);
}

struct LeafRow {
  Level level;
  std::string_view name;
  Leaf leaf;
};
constexpr LeafRow kLeaves[] = {
    {Level::blob, "BlobPath", Leaf::blob_path},
    {Level::blob, "FilePath", Leaf::file_path},
    {Level::blob, "Length", Leaf::length},
    {Level::blob, "ImportDisposition", Leaf::disposition},
    {Level::blob, "MetadataPath", Leaf::metadata},
    {Level::blob, "PropertiesPath", Leaf::properties},
    {Level::blob, "Snapshot", Leaf::snapshot},
    {Level::list, "MetadataPath", Leaf::metadata},
    {Level::list, "PropertiesPath", Leaf::properties},
    {Level::drive, "DriveId", Leaf::drive_id},
    {Level::drive, "StorageAccountKey", Leaf::account_key},
    {Level::drive, "ContainerSas", Leaf::container_sas},
    {Level::drive, "ClientCreator", Leaf::client_creator},
};

constexpr Disposition kDispositions[] = {Disposition::rename, Disposition::no_overwrite, Disposition::overwrite};

/// The container of a SAS "container?token", also when it is written as a full URL.
std::string sas_container(std::string_view text) {
  text = trimmed(text).substr(0, trimmed(text).find('?'));
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  if (const auto slash = text.rfind('/'); slash != text.npos) {
    text.remove_prefix(slash + 1);
  }
  return std::string(text);
}

/// Turns parser events into a header and entries. Unknown elements are ignored with all their contents.
class Parser final : public wire::XmlHandler {
 public:
  Result<> start(std::string_view element, wire::XmlAttributes attributes) override {
    if (skipped_ > 0) {
      ++skipped_;
      return ok();
    }
    if (leaf_ != nullptr) {
      return invalid("{} contains an element instead of text", leaf_->name);
    }
    switch (level_) {
      case Level::document:
        return open_manifest(element, attributes);
      case Level::manifest:
        return open_drive(element);
      case Level::drive:
        return element == "BlobList" ? open_list(attributes) : open_leaf(element, attributes);
      case Level::list:
        return element == "Blob" ? open_blob() : open_leaf(element, attributes);
      case Level::blob:
        if (element == "BlockList" || element == "PageRangeList") {
          return open_ranges(element == "BlockList" ? BlobKind::block : BlobKind::page);
        }
        return open_leaf(element, attributes);
      case Level::ranges:
        return open_range(element, attributes);
    }
    return ok();
  }

  Result<> text(std::string_view text) override {
    if (leaf_ != nullptr && skipped_ == 0) {
      text_.assign(text);
    }
    return ok();
  }

  Result<> end(std::string_view) override {
    if (skipped_ > 0) {
      --skipped_;
      return ok();
    }
    if (leaf_ != nullptr) {
      const auto leaf = leaf_->leaf;
      leaf_ = nullptr;
      return close_leaf(leaf);
    }
    switch (level_) {
      case Level::ranges:
        level_ = Level::blob;
        return ok();
      case Level::blob:
        level_ = Level::list;
        return close_blob();
      case Level::list:
        level_ = Level::drive;
        return ok();
      case Level::drive:
        level_ = Level::manifest;
        return close_header();
      case Level::manifest:
        level_ = Level::document;
        if (!drive_seen_) {
          return invalid("the manifest has no Drive");
        }
        return ok();
      case Level::document:
        break;
    }
    return ok();
  }

  ManifestHeader header;
  bool header_complete = false;

  std::vector<BlobEntry> ready;  // complete entries

 private:
  void skip() { skipped_ = 1; }

  Result<> open_manifest(std::string_view element, wire::XmlAttributes attributes) {
    if (element != "DriveManifest") {
      return invalid("the root element is {}, not DriveManifest", element);
    }
    header.version = wire::find(attributes, "Version").value_or("");
    level_ = Level::manifest;
    return ok();
  }

  Result<> open_drive(std::string_view element) {
    if (element != "Drive") {
      skip();
      return ok();
    }
    if (drive_seen_) {
      return invalid("the manifest has more than one Drive");
    }
    drive_seen_ = true;
    seen_ = 0;
    level_ = Level::drive;
    return ok();
  }

  Result<> close_header() {
    if (!header_complete && header.drive_id.empty()) {
      return invalid("there is no DriveId before the first BlobList");
    }
    header_complete = true;
    return ok();
  }

  Result<> open_list(wire::XmlAttributes attributes) {
    TRY(close_header());
    auto defaults = std::make_shared<ListDefaults>();
    defaults->id = wire::find(attributes, "Id").value_or("");
    defaults_ = std::move(defaults);
    blobs_in_list_ = false;
    seen_ = 0;
    level_ = Level::list;
    return ok();
  }

  Result<> open_blob() {
    current_ =
        BlobEntry();  // frees the memory: one slot for each of many blobs must not keep the largest size ever seen
    seen_ = 0;
    ranges_seen_ = false;
    blobs_in_list_ = true;
    level_ = Level::blob;
    return ok();
  }

  Result<> open_ranges(BlobKind kind) {
    if (ranges_seen_) {
      return invalid("a Blob has more than one BlockList or PageRangeList");
    }
    ranges_seen_ = true;
    current_.kind = kind;
    rules_.begin(kind);
    ids_.begin();
    level_ = Level::ranges;
    return ok();
  }

  Result<> open_leaf(std::string_view element, wire::XmlAttributes attributes) {
    const auto* row =
        std::ranges::find_if(kLeaves, [&](const LeafRow& r) { return r.level == level_ && r.name == element; });
    if (row == std::end(kLeaves)) {
      skip();
      return ok();
    }
    if ((seen_ & bit(row->leaf)) != 0) {
      return invalid("{} is given twice", row->name);
    }
    if (level_ == Level::drive && header_complete) {
      return invalid("{} comes after a BlobList", row->name);
    }
    if (level_ == Level::list && blobs_in_list_) {
      return invalid("the list's {} comes after a Blob", row->name);
    }
    seen_ |= bit(row->leaf);
    hash_.reset();
    if (row->leaf == Leaf::metadata || row->leaf == Leaf::properties) {
      if (const auto hash = wire::find(attributes, "Hash")) {
        TRY(hash_, parse_hash(*hash));
      }
    }
    leaf_ = row;
    text_.clear();
    return ok();
  }

  Result<> open_range(std::string_view element, wire::XmlAttributes attributes) {
    skip();
    if (element != "Block" && element != "PageRange") {
      return ok();
    }
    if ((element == "Block") != (current_.kind == BlobKind::block)) {
      return invalid("a {} is in the wrong kind of list", element);
    }
    const auto offset_text = wire::find(attributes, "Offset");
    const auto length_text = wire::find(attributes, "Length");
    const auto hash_text = wire::find(attributes, "Hash");
    if (!offset_text || !length_text || !hash_text) {
      return invalid("a {} needs Offset, Length and Hash", element);
    }
    TRY(const auto offset, parse_number(*offset_text));
    TRY(const auto length, parse_number(*length_text));
    TRY(const auto hash, parse_hash(*hash_text));
    TRY(rules_.next(offset, length));
    std::string_view id;
    if (current_.kind == BlobKind::block) {
      id = wire::find(attributes, "Id").value_or("");
      ids_.next(id);
      id = id.substr(0, 255);  // longer ones are a problem that the rules have already recorded
    }
    if (current_.ranges.size() < kMostPageRanges) {
      current_.ranges.add({offset, length, hash.algorithm(), hash.digest(), id});
    }
    return ok();
  }

  Result<> close_leaf(Leaf leaf) {
    switch (leaf) {
      case Leaf::drive_id:
        header.drive_id = trimmed(text_);
        return ok();
      case Leaf::account_key:
        return set_credential(CredentialKind::account_key);
      case Leaf::container_sas:
        header.sas_container = sas_container(text_);
        return set_credential(CredentialKind::container_sas);
      case Leaf::client_creator:
        header.client_creator = text_;
        return ok();
      case Leaf::metadata:
        return set_file(&ListDefaults::metadata, current_.metadata);
      case Leaf::properties:
        return set_file(&ListDefaults::properties, current_.properties);
      case Leaf::blob_path:
        current_.blob_path = text_;
        return ok();
      case Leaf::file_path:
        current_.file_path = text_;
        return ok();
      case Leaf::length: {
        TRY(current_.length, parse_number(text_));
        return ok();
      }
      case Leaf::snapshot:
        current_.snapshot = trimmed(text_);
        return ok();
      case Leaf::disposition:
        return set_disposition();
    }
    return ok();
  }

  Result<> set_credential(CredentialKind kind) {
    text_.clear();
    if (header.credential != CredentialKind::none) {
      return invalid("the manifest has both a StorageAccountKey and a ContainerSas");
    }
    header.credential = kind;
    return ok();
  }

  Result<> set_file(std::optional<FileReference> ListDefaults::* of_list, std::optional<FileReference>& of_blob) {
    if (text_.empty()) {
      return invalid("a MetadataPath or PropertiesPath is empty");
    }
    FileReference file{text_, hash_};
    if (level_ == Level::blob) {
      of_blob = std::move(file);
      return ok();
    }
    auto defaults = std::make_shared<ListDefaults>(*defaults_);
    (*defaults).*of_list = std::move(file);
    defaults_ = std::move(defaults);
    return ok();
  }

  Result<> set_disposition() {
    const auto text = trimmed(text_);
    const auto* found = std::ranges::find(kDispositions, text, [](Disposition d) { return name(d); });
    if (found == std::end(kDispositions)) {
      return invalid("\"{}\" is not an ImportDisposition", text.substr(0, 40));
    }
    current_.disposition = *found;
    return ok();
  }

  Result<> close_blob() {
    constexpr unsigned kRequired = bit(Leaf::blob_path) | bit(Leaf::file_path) | bit(Leaf::length);
    if ((seen_ & kRequired) != kRequired || current_.blob_path.empty() || current_.file_path.empty()) {
      return invalid("a Blob needs BlobPath, FilePath and Length");
    }
    if (!ranges_seen_) {
      return invalid("a Blob needs a BlockList or a PageRangeList");
    }
    TRY(rules_.end(current_.length));
    if (rules_.count() > kMostPageRanges) {
      current_.ranges.clear();
      current_.problem =
          fmt::format("a blob of {} page ranges; at most {} are allowed", rules_.count(), kMostPageRanges);
    } else if (current_.kind == BlobKind::page && current_.length > kLargestPageBlob) {
      current_.problem =
          fmt::format("a page blob of {} bytes; at most {} are allowed", current_.length, kLargestPageBlob);
    } else if (current_.kind == BlobKind::block) {
      current_.problem = ids_.problem(current_.length);
    }
    current_.index = next_index_++;
    current_.defaults = defaults_;
    ready.push_back(std::move(current_));
    return ok();
  }

  Level level_ = Level::document;
  std::size_t skipped_ = 0;        // depth of open ignored elements
  const LeafRow* leaf_ = nullptr;  // the open text element
  std::string text_;
  std::optional<ClaimedHash> hash_;  // of the open leaf
  unsigned seen_ = 0;                // bit set of the elements seen at this level
  bool drive_seen_ = false;
  bool blobs_in_list_ = false;
  bool ranges_seen_ = false;
  std::uint64_t next_index_ = 0;
  std::shared_ptr<const ListDefaults> defaults_;
  BlobEntry current_;
  RangeRules rules_;
  IdRules ids_;
};

}  // namespace

struct ManifestReader::State {
  explicit State(ByteSource from) : source(std::move(from)), piece(kPiece) {}

  /// Reads one piece. All entries of the previous piece have been returned.
  Result<> pump() {
    parser.ready.clear();
    taken = 0;
    if (failure) {
      return *failure;
    }
    auto result = read_piece();
    if (!result) {
      failure = result.error();
    }
    return ok();  // entries before the failure are returned first
  }

  Result<> read_piece() {
    TRY(const auto count, source(piece));
    if (count == 0) {
      ended = true;
      return xml.finish();
    }
    return xml.feed(Bytes(piece).first(count));
  }

  ByteSource source;
  Buffer piece;
  Parser parser;
  wire::XmlReader xml{parser};
  std::size_t taken = 0;
  bool ended = false;
  std::optional<Error> failure;
};

ManifestReader::ManifestReader(ByteSource source) : state_(std::make_unique<State>(std::move(source))) {}
ManifestReader::~ManifestReader() = default;
ManifestReader::ManifestReader(ManifestReader&&) noexcept = default;
ManifestReader& ManifestReader::operator=(ManifestReader&&) noexcept = default;

Result<const ManifestHeader*> ManifestReader::header() {
  State& state = *state_;
  while (!state.parser.header_complete) {
    TRY(state.pump());
  }
  return &state.parser.header;
}

Result<bool> ManifestReader::next(BlobEntry& entry) {
  State& state = *state_;
  while (state.taken == state.parser.ready.size()) {
    if (state.ended && !state.failure) {
      return false;
    }
    TRY(state.pump());
  }
  entry = std::move(state.parser.ready[state.taken++]);
  return true;
}

}  // namespace quaymaster::drive
