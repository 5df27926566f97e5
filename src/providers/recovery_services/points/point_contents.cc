#include "providers/recovery_services/points/point_contents.h"

#include <algorithm>
#include <charconv>

#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/vault_guard.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/machine_document.h"
#include "vault/vault.h"
#include "wire/json.h"
#include "workload/bundle/bundle.h"
#include "workload/disk/disk.h"
#include "workload/tree.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::size_t kLargestPage = 1000;

/// By workload::EntryKind.
constexpr std::string_view kTypes[] = {"File",   "Directory",       "Symlink",    "Fifo",
                                       "Socket", "CharacterDevice", "BlockDevice"};

/// The bytes of an entry of either kind.
struct Content {
  std::uint64_t size = 0;
  std::function<Result<std::size_t>(std::uint64_t offset, MutableBytes into)> read;
};

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  bool is_part = false;  // a range was requested
};

/// "bytes=5-9", "bytes=5-", "bytes=-5". Any other Range header is ignored (RFC 9110, 14.2).
Result<Range> range_of(const http::Request& request, std::uint64_t size) {
  Range range{0, size, false};
  auto text = request.headers.get("Range").value_or("");
  constexpr std::string_view kUnit = "bytes=";
  if (!text.starts_with(kUnit)) {
    return range;
  }
  text.remove_prefix(kUnit.size());
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) {
    return range;
  }
  const auto number = [](std::string_view digits, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return !digits.empty() && error == std::errc{} && end == digits.data() + digits.size();
  };
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const bool has_first = number(text.substr(0, dash), first);
  const bool has_last = number(text.substr(dash + 1), last);
  if ((!has_first && !has_last) || (has_first && !has_last && dash + 1 != text.size()) || (!has_first && dash != 0)) {
    return range;
  }
  if (!has_first) {  // the last bytes
    first = size - std::min(size, last);
    last = size;
  } else if (!has_last) {
    last = size;
  }
  if (first >= size || last < first) {
    return refuse(Errc::invalid, errors::kRangeNotSatisfiable, size);
  }
  return Range{first, std::min(last, size - 1) - first + 1, true};
}

std::string time_text(const workload::FileTime& time) {
  return format_time_short(Time(std::chrono::seconds(time.seconds)) +
                           std::chrono::duration_cast<Ticks>(std::chrono::nanoseconds(time.nanoseconds)));
}

PointEntry told(const workload::TreeEntry& entry) {
  PointEntry told;
  told.name = entry.path.substr(entry.path.rfind('/') + 1);
  if (!is_utf8(told.name)) {
    told.raw_name = base64(as_bytes(told.name));
  }
  told.type = kTypes[static_cast<std::size_t>(entry.kind)];
  told.mode = fmt::format("{:04o}", entry.mode);
  told.modified = time_text(entry.modified);
  if (entry.kind == workload::EntryKind::file) {
    told.size = entry.size;
  } else if (entry.kind == workload::EntryKind::symlink) {
    told.target = entry.target;
  }
  return told;
}

/// Clients may add a slash at either end.
std::string path_of(const arm::Context& context) {
  auto path = context.parameter("path").value_or("");
  while (path.starts_with('/')) {
    path.remove_prefix(1);
  }
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  return std::string(path);
}

Error no_entry(const std::string& path) {
  return refuse(Errc::not_found, errors::kNoSuchEntry, path);
}

}  // namespace

/// A point whose root was read. One of the two views is set.
struct PointContents::Opened {
  std::shared_ptr<vault::Vault> vault;  // outlives the views
  std::unique_ptr<workload::TreeView> tree;
  std::optional<workload::Bundle> bundle;
  MachineDocument machine;

  Result<Content> disk(const std::string& path) const {
    for (const auto& disk : machine.disks) {
      const auto part = std::ranges::find(bundle->parts, part_name(disk.lun), &workload::Part::name);
      if ((disk.name == path || part_name(disk.lun) == path) && part != bundle->parts.end()) {
        TRY(auto opened, workload::DiskView::open(part->root, workload::open_with(*vault)));
        std::shared_ptr<workload::DiskView> view = std::move(opened);
        return Content{view->size(), [view](std::uint64_t at, MutableBytes into) { return view->read(at, into); }};
      }
    }
    return no_entry(path);
  }

  Result<Content> file(const std::string& path) const {
    auto opened = tree->read(path);
    if (!opened && opened.error().kind() == Errc::not_found) {
      return no_entry(path);
    }
    if (!opened && opened.error().kind() == Errc::invalid) {
      return refuse(Errc::invalid, errors::kInvalidInput, fmt::format("'{}' is not a file.", path));
    }
    TRY(auto reader, std::move(opened));
    std::shared_ptr<vault::StreamReader> stream = std::move(reader);
    return Content{stream->size(), [stream](std::uint64_t at, MutableBytes into) { return stream->read(at, into); }};
  }
};

Result<PointContents::Opened> PointContents::open(arm::Context& context, const PointPath& path) {
  std::optional<VaultRecord> vault;
  std::optional<ItemRecord> item;
  std::optional<PointRecord> record;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(vault, find_vault(reader, path));
    TRY(item, find_item(reader, *vault, path.container, path.item));
    TRY(record, find_point(reader, item->id, path.point));
    return ok();
  }));
  TRY(require_guard_permission(context, *vault, guarded::kRestore));  // reading a point counts as restoring
  Opened opened;
  TRY(opened.vault, open_vaults_.open(vault->id));
  TRY(const auto point, opened.vault->point(record->id));
  if (item->kind == SourceKind::file_share) {
    TRY(opened.tree, workload::TreeView::open(point.root, workload::open_with(*opened.vault)));
    return opened;
  }
  TRY(opened.bundle, workload::read_bundle(point.root));
  TRY(opened.machine, wire::parse_stored<MachineDocument>(opened.bundle->document));
  return opened;
}

Result<arm::Reply<arm::Page<PointEntry>>> PointContents::entries(arm::Context& context, const PointPath& path) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  const auto directory = path_of(context);
  TRY(const auto opened, open(context, path));
  arm::Reply<arm::Page<PointEntry>> reply;
  auto& page = reply.body;
  if (!opened.tree) {
    if (!directory.empty()) {
      return no_entry(directory);
    }
    for (const auto& disk : opened.machine.disks) {
      if (disk.included) {
        page.value.push_back({disk.name, "Disk", disk.size, {}, {}, {}, disk.lun, {}});
      }
    }
    return reply;
  }
  std::string last;
  const auto listed = opened.tree->list(directory, [&](const workload::TreeEntry& entry) -> Result<> {
    const auto name = entry.path.substr(entry.path.rfind('/') + 1);
    if (!wanted.after.empty() && name <= wanted.after) {
      return ok();
    }
    if (page.value.size() == wanted.top) {
      page.next_link = arm::next_link(context, last);
      return quaymaster::cancelled("the page is full");
    }
    page.value.push_back(told(entry));
    last = name;
    return ok();
  });
  if (!listed && !page.next_link) {
    if (listed.error().kind() == Errc::not_found) {
      return no_entry(directory);
    }
    return listed.error().kind() == Errc::invalid
               ? refuse(Errc::invalid, errors::kInvalidInput, fmt::format("'{}' is not a directory.", directory))
               : listed.error();
  }
  return reply;
}

Result<arm::Reply<std::string>> PointContents::content(arm::Context& context, const PointPath& path) {
  const auto name = path_of(context);
  TRY(const auto opened, open(context, path));
  TRY(const auto content, opened.tree ? opened.file(name) : opened.disk(name));
  TRY(auto range, range_of(context.request, content.size));
  if (!range.is_part && range.size > kMostBytes) {
    return refuse(Errc::too_large, errors::kInvalidInput,
                  fmt::format("'{}' has {} bytes. Ask for at most {} at once with the header Range.", name,
                              content.size, kMostBytes));
  }
  range.size = std::min(range.size, kMostBytes);
  arm::Reply<std::string> reply{range.is_part ? 206 : 200, std::string(range.size, '\0')};
  for (std::uint64_t at = 0; at < range.size;) {
    const MutableBytes rest(reinterpret_cast<std::uint8_t*>(reply.body.data()) + at, range.size - at);
    TRY(const auto count, content.read(range.begin + at, rest));
    if (count == 0) {
      return corrupt("'{}' ends before its size", name);
    }
    at += count;
  }
  reply.headers.add("Content-Type", "application/octet-stream");
  reply.headers.add("Accept-Ranges", "bytes");
  if (range.is_part) {
    reply.headers.add("Content-Range",
                      fmt::format("bytes {}-{}/{}", range.begin, range.begin + range.size - 1, content.size));
  }
  return reply;
}

}  // namespace quaymaster::recovery_services
