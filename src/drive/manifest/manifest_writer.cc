#include "drive/manifest/manifest_writer.h"

#include "drive/format/entry_rules.h"
#include "drive/format/text.h"
#include "wire/xml_writer.h"

namespace quaymaster::drive {
namespace {

Result<> check_text(std::string_view what, std::string_view text) {
  if (!wire::xml_can_carry(text)) {
    return invalid("{} has characters that XML cannot represent", what);
  }
  return ok();
}

Result<> check_file(std::string_view what, const std::optional<FileReference>& file) {
  if (!file) {
    return ok();
  }
  if (file->path.empty()) {
    return invalid("{} is empty", what);
  }
  return check_text(what, file->path);
}

void write_file(wire::XmlWriter& xml, std::string_view element, const std::optional<FileReference>& file) {
  if (file) {
    xml.start(element);
    if (file->hash) {
      xml.attribute("Hash", file->hash->text());
    }
    xml.text(file->path).end();
  }
}

void write_ranges(wire::XmlWriter& xml, const BlobEntry& entry) {
  const bool blocks = entry.kind == BlobKind::block;
  xml.start(blocks ? "BlockList" : "PageRangeList");
  for (const Range range : entry.ranges) {
    xml.start(blocks ? "Block" : "PageRange").attribute("Offset", range.offset).attribute("Length", range.length);
    if (!range.id.empty()) {
      xml.attribute("Id", range.id);
    }
    xml.attribute("Hash", ClaimedHash(range.algorithm, range.hash).text()).end();
  }
  xml.end();
}

}  // namespace

Result<> check_entry(const BlobEntry& entry) {
  if (entry.blob_path.empty() || entry.file_path.empty()) {
    return invalid("a Blob needs BlobPath and FilePath");
  }
  TRY(check_text("BlobPath", entry.blob_path));
  TRY(check_text("FilePath", entry.file_path));
  TRY(check_text("Snapshot", entry.snapshot));
  TRY(check_file("MetadataPath", entry.metadata));
  TRY(check_file("PropertiesPath", entry.properties));
  RangeRules rules;
  rules.begin(entry.kind);
  for (const Range range : entry.ranges) {
    if (range.hash.size() != digest_size(range.algorithm)) {
      return invalid("a range has no hash");
    }
    TRY(check_text("a block id", range.id));
    TRY(rules.next(range.offset, range.length));
  }
  return rules.end(entry.length);
}

struct ManifestWriter::State {
  explicit State(ByteSink sink) : xml(std::move(sink), {.indent = 2, .encoding_name = "UTF-8"}) {}

  wire::XmlWriter xml;
  std::optional<Error> failure;
  bool list_open = false;
};

ManifestWriter::ManifestWriter(ByteSink sink, const ManifestHeader& header)
    : state_(std::make_unique<State>(std::move(sink))) {
  if (trimmed(header.drive_id).empty()) {
    state_->failure = invalid("a manifest needs a drive id");
    return;
  }
  wire::XmlWriter& xml = state_->xml;
  xml.start("DriveManifest").attribute("Version", "2014-11-01");
  xml.start("Drive").element("DriveId", header.drive_id);
  if (!header.client_creator.empty()) {
    xml.element("ClientCreator", header.client_creator);
  }
}
ManifestWriter::~ManifestWriter() = default;
ManifestWriter::ManifestWriter(ManifestWriter&&) noexcept = default;
ManifestWriter& ManifestWriter::operator=(ManifestWriter&&) noexcept = default;

Result<> ManifestWriter::start_list(const ListDefaults& defaults) {
  if (state_->failure) {
    return *state_->failure;
  }
  TRY(check_text("the list's Id", defaults.id));
  TRY(check_file("MetadataPath", defaults.metadata));
  TRY(check_file("PropertiesPath", defaults.properties));
  wire::XmlWriter& xml = state_->xml;
  if (state_->list_open) {
    xml.end();
  }
  state_->list_open = true;
  xml.start("BlobList");
  if (!defaults.id.empty()) {
    xml.attribute("Id", defaults.id);
  }
  write_file(xml, "MetadataPath", defaults.metadata);
  write_file(xml, "PropertiesPath", defaults.properties);
  return xml.state();
}

Result<> ManifestWriter::add(const BlobEntry& entry) {
  TRY(check_entry(entry));
  if (!state_->list_open) {
    TRY(start_list({}));
  }
  wire::XmlWriter& xml = state_->xml;
  xml.start("Blob").element("BlobPath", entry.blob_path).element("FilePath", entry.file_path);
  if (!entry.snapshot.empty()) {
    xml.element("Snapshot", entry.snapshot);
  }
  xml.element("Length", entry.length);
  if (entry.disposition) {
    xml.element("ImportDisposition", name(*entry.disposition));
  }
  write_ranges(xml, entry);
  write_file(xml, "MetadataPath", entry.metadata);
  write_file(xml, "PropertiesPath", entry.properties);
  xml.end();
  return xml.state();
}

Result<> ManifestWriter::flush() {
  if (state_->failure) {
    return *state_->failure;
  }
  return state_->xml.flush();
}

Result<> ManifestWriter::finish() {
  if (state_->failure) {
    return *state_->failure;
  }
  wire::XmlWriter& xml = state_->xml;
  if (xml.state()) {
    while (xml.depth() > 0) {
      xml.end();
    }
  }
  return xml.finish();
}

}  // namespace quaymaster::drive
