#include "drive/format/drive_journal.h"

#include <algorithm>

#include "base/digests/checksum.h"
#include "wire/json.h"

namespace quaymaster::drive {
namespace {

constexpr std::string_view kHead = "QMDRVJ01";  // includes the version
constexpr std::uint32_t kMark = 0x314A4451;     // "QDJ1"
constexpr std::size_t kFrame = 16;              // mark, group, length, CRC-32C
constexpr std::uint32_t kEndsGroup = 1U << 31;  // set in the group field of its last record
constexpr std::uint64_t kLargestRecord = 4 * kMiB;
constexpr std::size_t kWindow = 1 * kMiB;

std::uint32_t checksum_of(std::uint32_t group, std::uint32_t length, Bytes payload) {
  Buffer head;
  append_le(head, group);
  append_le(head, length);
  return crc32c(payload, crc32c(head));
}

struct Framed {
  std::uint32_t group = 0;
  bool ends_group = false;
  std::uint64_t end = 0;  // offset after it
  Buffer payload;
};

/// The complete record at `offset`; nullopt when there is none.
Result<std::optional<Framed>> record_at(File& file, std::uint64_t offset, std::uint64_t size) {
  if (size - offset < kFrame) {
    return std::nullopt;
  }
  std::uint8_t frame[kFrame];
  TRY(const auto read, file.read_at(frame, offset));
  const Bytes bytes(frame);
  if (read < kFrame || load_le32(bytes) != kMark) {
    return std::nullopt;
  }
  Framed record;
  const auto group = load_le32(bytes.subspan(4));
  record.group = group & ~kEndsGroup;
  record.ends_group = (group & kEndsGroup) != 0;
  const auto length = load_le32(bytes.subspan(8));
  if (length > kLargestRecord || length > size - offset - kFrame) {
    return std::nullopt;
  }
  record.payload.resize(length);
  TRY(const auto got, file.read_at(record.payload, offset + kFrame));
  if (got < length || checksum_of(group, length, record.payload) != load_le32(bytes.subspan(12))) {
    return std::nullopt;
  }
  record.end = offset + kFrame + length;
  return record;
}

/// Is there a complete record after `offset` that belongs to a later group than the torn one? Then the torn group was
/// synced before and has been damaged since.
Result<bool> has_later_group(File& file, std::uint64_t offset, std::uint64_t size, std::uint32_t torn_group) {
  Buffer window(kWindow + 3);
  for (auto from = offset; from + kFrame <= size; from += kWindow) {
    TRY(const auto read, file.read_at(window, from));
    for (std::size_t i = 0; i + 4 <= read && i < kWindow; ++i) {
      if (load_le32(Bytes(window).subspan(i)) != kMark) {
        continue;
      }
      TRY(const auto record, record_at(file, from + i, size));
      if (record && record->group > torn_group) {
        return true;
      }
    }
  }
  return false;
}

struct Contents {
  std::uint64_t size = 0;  // end of the last complete record; 0: not even a head
  std::uint32_t next_group = 1;
};

Result<Contents> replay(File& file, const DriveJournal::OnRecord& on_record) {
  TRY(const auto size, file.size());
  Buffer head(kHead.size());
  TRY(const auto read, file.read_at(head, 0));
  const auto found = as_text(Bytes(head).first(read));
  if (read < kHead.size() && kHead.starts_with(found)) {
    return Contents{};  // created by a process that died at once
  }
  if (!found.starts_with(kHead.substr(0, 6))) {
    return corrupt("not a drive journal");
  }
  if (found != kHead) {
    return unsupported("the drive journal has version {}", found.substr(6));
  }
  Contents contents{kHead.size(), 1};
  std::uint32_t torn_group = 1;  // if there is one
  for (;;) {
    TRY(const auto record, record_at(file, contents.size, size));
    if (!record) {
      break;
    }
    const auto parsed = wire::parse_stored<JournalRecord>(as_text(record->payload));
    if (!parsed) {
      return corrupt("the drive journal has an invalid record at {}", contents.size);
    }
    TRY(on_record(parsed.value()));
    contents = {record->end, record->group + 1};
    torn_group = record->ends_group ? record->group + 1 : record->group;
  }
  TRY(const bool damaged, has_later_group(file, contents.size, size, torn_group));
  if (damaged) {
    return corrupt("the drive journal is damaged at {} of {} bytes", contents.size, size);
  }
  return contents;
}

}  // namespace

Result<DriveJournal> DriveJournal::open(Disk& disk, const Path& path, const OnRecord& on_record) {
  TRY(auto file, disk.open(path, OpenMode::create));
  TRY(auto contents, replay(*file, on_record));
  if (contents.size == 0) {
    TRY(file->truncate(0));
    TRY(file->write_at(as_bytes(kHead), 0));
    TRY(disk.sync_directory(path.parent_path()));
    contents.size = kHead.size();
  } else {
    TRY(file->truncate(contents.size));
  }
  TRY(file->sync());
  return DriveJournal(std::move(file), contents.size, contents.next_group);
}

Result<> DriveJournal::read(Disk& disk, const Path& path, const OnRecord& on_record) {
  TRY(const auto file, disk.open(path, OpenMode::read));
  TRY(replay(*file, on_record));
  return ok();
}

Result<> DriveJournal::add(const JournalRecord& record) {
  auto text = wire::to_json(record);
  if (text.size() > kLargestRecord) {
    return too_large("a journal record of {} bytes", text.size());
  }
  pending_.push_back(std::move(text));
  return ok();
}

Result<> DriveJournal::commit() {
  if (pending_.empty()) {
    return ok();
  }
  Buffer bytes;
  for (const auto& text : pending_) {
    const auto length = static_cast<std::uint32_t>(text.size());
    const auto group = &text == &pending_.back() ? group_ | kEndsGroup : group_;
    append_le(bytes, kMark);
    append_le(bytes, group);
    append_le(bytes, length);
    append_le(bytes, checksum_of(group, length, as_bytes(text)));
    append(bytes, as_bytes(text));
  }
  TRY(file_->write_at(bytes, size_));
  TRY(file_->sync());
  size_ += bytes.size();
  pending_.clear();
  ++group_;
  return ok();
}

}  // namespace quaymaster::drive
