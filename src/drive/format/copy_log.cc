#include "drive/format/copy_log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "wire/xml_writer.h"

namespace quaymaster::drive {
namespace {

constexpr std::string_view kVersion = "2014-11-01";
constexpr std::string_view kRoot = "DriveLog";

/// The text with U+FFFD for every byte that XML cannot represent.
std::string carriable(std::string_view text) {
  if (wire::xml_can_carry(text)) {
    return std::string(text);
  }
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    while (length <= 4 && !wire::xml_can_carry(text.substr(at, length))) {
      ++length;
    }
    if (length <= 4) {
      result += text.substr(at, length);
      at += std::min(length, text.size() - at);
    } else {
      result += "\uFFFD";
      at += 1;
    }
  }
  return result;
}

}  // namespace

BlobResult cancelled_below(const BlobEntry& entry, BlobStatus status, bool import) {
  BlobResult result;
  result.entry = &entry;
  result.status = status;
  if (import) {
    result.disposition = DispositionStatus::cancelled;
  }
  result.ranges.assign(entry.ranges.size(), RangeStatus::cancelled);
  const auto sidecar = [&](std::optional<FileReference> ListDefaults::* of_list,
                           const std::optional<FileReference>& own) -> std::optional<SidecarResult> {
    const auto global = entry.defaults ? (*entry.defaults).*of_list : std::nullopt;
    if (!global && !own) {
      return std::nullopt;
    }
    return SidecarResult{SidecarStatus::cancelled, global, own};
  };
  result.metadata = sidecar(&ListDefaults::metadata, entry.metadata);
  result.properties = sidecar(&ListDefaults::properties, entry.properties);
  return result;
}

bool belongs_in_error_log(const BlobResult& result) {
  return result.status != BlobStatus::completed || (result.disposition && is_warning(*result.disposition));
}

struct CopyLog::State {
  State(File& spool, LogDetail how, std::uint64_t from, bool resumed)
      : file(spool),
        detail(how),
        offset(from),
        xml([this](Bytes bytes) { return write(bytes); },
            {.declaration = !resumed, .indent = 2, .encoding_name = "UTF-8"}) {}

  Result<> write(Bytes bytes) {
    TRY(file.write_at(bytes, offset));
    offset += bytes.size();
    return ok();
  }

  bool shows(bool completed) const { return detail == LogDetail::verbose || !completed; }

  void write_ranges(const BlobResult& result) {
    const BlobEntry& entry = *result.entry;
    const bool blocks = entry.kind == BlobKind::block;
    xml.start(blocks ? "BlockList" : "PageRangeList");
    // A blob that is in the error log only because of its disposition has no failed range.
    const bool none = detail == LogDetail::error && result.status == BlobStatus::completed;
    for (std::size_t i = 0; i < entry.ranges.size() && !none; ++i) {
      const auto status = result.ranges.empty() ? RangeStatus::completed : result.ranges[i];
      if (!shows(status == RangeStatus::completed)) {
        continue;
      }
      const Range range = entry.ranges[i];
      xml.start(blocks ? "Block" : "PageRange").attribute("Offset", range.offset).attribute("Length", range.length);
      if (!range.id.empty()) {
        xml.attribute("Id", carriable(range.id));
      }
      if (!range.hash.empty()) {
        xml.attribute("Hash", ClaimedHash(range.algorithm, range.hash).text());
      }
      xml.attribute("Status", name(status)).end();
    }
    xml.end();
  }

  void write_file(std::string_view element, const std::optional<FileReference>& reference) {
    if (reference) {
      xml.start(element);
      if (reference->hash) {
        xml.attribute("Hash", reference->hash->text());
      }
      xml.text(carriable(reference->path)).end();
    }
  }

  void write_sidecar(std::string_view element, const std::optional<SidecarResult>& sidecar) {
    if (sidecar && shows(sidecar->status == SidecarStatus::completed)) {
      xml.start(element).attribute("Status", name(sidecar->status));
      write_file("GlobalPath", sidecar->global);
      write_file("Path", sidecar->own);
      xml.end();
    }
  }

  void write_blob(const BlobResult& result) {
    const BlobEntry& entry = *result.entry;
    xml.start("Blob").attribute("Status", name(result.status));
    xml.element("BlobPath", carriable(result.renamed_to.empty() ? entry.blob_path : result.renamed_to));
    xml.element("FilePath", carriable(entry.file_path));
    if (!entry.snapshot.empty()) {
      xml.element("Snapshot", carriable(entry.snapshot));
    }
    xml.element("Length", entry.length);
    if (result.last_modified) {
      xml.element("LastModified", format_time_short(std::chrono::floor<std::chrono::seconds>(*result.last_modified)));
    }
    if (result.disposition) {
      xml.start("ImportDisposition").attribute("Status", name(*result.disposition));
      xml.text(name(entry.import_disposition())).end();
    }
    write_ranges(result);
    write_sidecar("Metadata", result.metadata);
    write_sidecar("Properties", result.properties);
    xml.end();
  }

  File& file;
  LogDetail detail;
  std::uint64_t offset;  // size of the file
  wire::XmlWriter xml;
};

CopyLog::CopyLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
CopyLog::~CopyLog() = default;
CopyLog::CopyLog(CopyLog&&) noexcept = default;
CopyLog& CopyLog::operator=(CopyLog&&) noexcept = default;

Result<CopyLog> CopyLog::begin(File& spool, LogDetail detail, std::string_view drive_id) {
  TRY(spool.truncate(0));
  auto state = std::make_unique<State>(spool, detail, 0, false);
  state->xml.start(kRoot).attribute("Version", kVersion).element("DriveId", carriable(drive_id));
  return CopyLog(std::move(state));
}

Result<CopyLog> CopyLog::resume(File& spool, LogDetail detail, std::uint64_t offset) {
  TRY(const auto size, spool.size());
  if (size < offset) {
    return corrupt("the copy log has {} bytes, {} were recorded", size, offset);
  }
  TRY(spool.truncate(offset));
  auto state = std::make_unique<State>(spool, detail, offset, true);
  state->xml.resume_inside(kRoot);
  return CopyLog(std::move(state));
}

Result<> CopyLog::add(const BlobResult& result) {
  check(result.entry != nullptr);
  check(result.ranges.empty() || result.ranges.size() == result.entry->ranges.size());
  if (state_->detail == LogDetail::verbose || belongs_in_error_log(result)) {
    state_->write_blob(result);
  }
  return state_->xml.state();
}

Result<std::uint64_t> CopyLog::checkpoint() {
  TRY(state_->xml.flush());
  TRY(state_->file.sync());
  return state_->offset;
}

Result<std::uint64_t> CopyLog::finish(DriveStatusCode status, std::string_view reason) {
  if (!reason.empty()) {
    state_->xml.element("Reason", carriable(reason));
  }
  state_->xml.element("Status", name(status));
  state_->xml.end();
  TRY(state_->xml.finish());
  TRY(state_->file.sync());
  return state_->offset;
}

}  // namespace quaymaster::drive
