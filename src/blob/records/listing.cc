#include "blob/records/listing.h"

#include <algorithm>
#include <limits>

#include "blob/records/key_range.h"
#include "blob/records/marker.h"

namespace quaymaster::blob {
namespace {

constexpr std::size_t kLargestPage = 5000;
constexpr char kBlobMarker = '1';
constexpr char kStateMarker = '3';  // of a listing with former states
/// How many rows that are not listed are stepped over: under a listed prefix, before the walk seeks past it, since for
/// the small directories of most trees stepping is cheaper than seeking.
constexpr int kMostSteps = 16;
/// How many former states that are not listed a page steps over before it ends early.
constexpr std::size_t kMostHidden = 20'000;
/// The moment of current blobs.
constexpr auto kCurrent = std::numeric_limits<std::int64_t>::max();

using OnRow = std::function<Result<>(const store::Row&)>;

// Every query has the columns of read_former; for a current blob, kind 0 and the last moment.
#define QM_CURRENT_BLOBS                           \
  "SELECT " QM_BLOB_INFO_COLUMNS                   \
  ", 0, 9223372036854775807, 0, 0 FROM blob_blobs" \
  " WHERE container = ? AND name >= ? AND name < ?"
/// A draft of an existing blob is not listed.
#define QM_DRAFTS                                                                                              \
  "SELECT 0, d.name, 0, 0, 0, d.modified, d.modified, 0, NULL, NULL, 0, 0, 0, 0, 0, 9223372036854775807, 0, 0" \
  " FROM blob_drafts d WHERE d.container = ? AND d.name >= ? AND d.name < ? AND NOT EXISTS"                    \
  " (SELECT 1 FROM blob_blobs b WHERE b.container = d.container AND b.name = d.name)"
#define QM_FORMER \
  "SELECT " QM_FORMER_COLUMNS " FROM blob_former WHERE container = ? AND (name, moment) >= (?, ?) AND name < ?"

/// Rows by name and moment. Each table is walked by its index; several are merged.
Result<> each_state(store::Reader& reader, ContainerId container, const ListRequest& request, bool former,
                    const StateKey& from, const std::string& to, std::size_t limit, const OnRow& on_row) {
  const auto first = as_bytes(from.name);
  const auto end = as_bytes(to);
  if (former && request.uncommitted) {
    return reader.each(QM_CURRENT_BLOBS " UNION ALL " QM_DRAFTS " UNION ALL " QM_FORMER " ORDER BY 2, 16 LIMIT ?",
                       on_row, container, first, end, container, first, end, container, first, from.moment, end, limit);
  }
  if (former) {
    return reader.each(QM_CURRENT_BLOBS " UNION ALL " QM_FORMER " ORDER BY 2, 16 LIMIT ?", on_row, container, first,
                       end, container, first, from.moment, end, limit);
  }
  if (request.uncommitted) {
    return reader.each(QM_CURRENT_BLOBS " UNION ALL " QM_DRAFTS " ORDER BY 2 LIMIT ?", on_row, container, first, end,
                       container, first, end, limit);
  }
  return reader.each(QM_CURRENT_BLOBS " ORDER BY name LIMIT ?", on_row, container, first, end, limit);
}

Result<BlobInfo> read_item(const store::Row& row) {
  if (row.integer(0) == 0) {
    BlobInfo draft;
    draft.name = as_text(row.blob(1));
    draft.created = row.time(5);
    draft.modified = row.time(6);
    return draft;
  }
  const bool former = row.integer(14) != 0;
  TRY(auto record, former ? read_former(row) : read_info(row));
  return std::move(record.info);
}

class Walk {
 public:
  Walk(store::Reader& reader, const Place& place, const ListRequest& request, StateKey from, Time now)
      : reader_(reader),
        place_(place),
        request_(request),
        limit_(std::clamp<std::size_t>(request.limit, 1, kLargestPage)),
        former_(place.has_former &&
                (request.snapshots || request.versions || request.deleted || request.only_versions)),
        from_(std::move(from)),
        now_(now) {}

  /// Takes rows in order, starting at from(). False: seek to from() and continue there, or stop when the page is full.
  Result<bool> take(const store::Row& row) {
    const auto name = as_text(row.blob(1));
    if (in_last_prefix(name)) {
      return ++steps_ < kMostSteps;
    }
    const auto moment = row.integer(15);
    bool only_versions = false;
    if (row.integer(14) != 0) {
      TRY(only_versions, stands_for_its_name(row));
      if (!only_versions && !is_listed(row)) {
        from_ = {std::string(name), moment + 1};
        full_ = ++hidden_ == kMostHidden;
        if (full_) {
          page_.next_marker = marker();
        }
        return !full_;
      }
    }
    if (page_.items.size() == limit_) {
      // One more item than the page holds: the next page begins at or before it.
      page_.next_marker = marker();
      full_ = true;
      return false;
    }
    const auto rest = name.substr(std::min(name.size(), request_.prefix.size()));
    const auto at = request_.delimiter.empty() ? std::string_view::npos : rest.find(request_.delimiter);
    if (at == std::string_view::npos) {
      TRY(auto info, read_item(row));
      from_ = moment == kCurrent ? StateKey{key_after(info.name), 0} : StateKey{info.name, moment + 1};
      page_.items.push_back({std::move(info), {}, only_versions});
    } else {
      std::string prefix(name.substr(0, request_.prefix.size() + at + request_.delimiter.size()));
      from_ = {key_after_all_of(prefix), 0};
      steps_ = 0;
      page_.items.push_back({std::nullopt, std::move(prefix)});
    }
    return true;
  }

  bool former() const { return former_; }
  bool full() const { return full_; }
  std::size_t wanted() const { return limit_ - page_.items.size() + 1 + kMostSteps; }
  const StateKey& from() const { return from_; }
  ListPage finish() { return std::move(page_); }

 private:
  bool in_last_prefix(std::string_view name) const {
    return !page_.items.empty() && !page_.items.back().blob && name.starts_with(page_.items.back().prefix);
  }

  bool is_listed(const store::Row& row) const {
    if (row.integer(16) != 0 && (!request_.deleted || row.time(17) <= now_)) {
      return false;
    }
    switch (static_cast<FormerKind>(row.integer(14))) {
      case FormerKind::snapshot:
        return request_.snapshots;
      case FormerKind::version:
        return request_.versions;
      default:
        return true;  // a deleted blob
    }
  }

  /// Whether the row is the newest version of a name that has no current blob, and is to be listed as such.
  Result<bool> stands_for_its_name(const store::Row& row) {
    if (!request_.only_versions || request_.versions ||
        static_cast<FormerKind>(row.integer(14)) != FormerKind::version || row.integer(16) != 0) {
      return false;
    }
    const auto name = row.blob(1);
    TRY(const bool followed,
        reader_.first(
            "SELECT 1 FROM blob_blobs WHERE container = ? AND name = ?"
            " UNION ALL SELECT 1 FROM blob_former"
            " WHERE container = ? AND name = ? AND moment > ? AND kind = 2 AND deleted = 0 LIMIT 1",
            [](const store::Row&) {}, place_.id, name, place_.id, name, row.integer(15)));
    return !followed;
  }

  std::string marker() const {
    return former_ ? encode_state_marker(kStateMarker, from_) : encode_marker(kBlobMarker, from_.name);
  }

  store::Reader& reader_;
  const Place& place_;
  const ListRequest& request_;
  const std::size_t limit_;
  const bool former_;
  StateKey from_;
  const Time now_;
  ListPage page_;
  int steps_ = 0;  // over names below the last prefix
  std::size_t hidden_ = 0;
  bool full_ = false;
};

}  // namespace

Result<ListPage> list_page(store::Reader& reader, const std::string& account, const std::string& container,
                           const ListRequest& request, Time now) {
  TRY(const auto place, require_place(reader, account, container));
  const KeyRange range(request.prefix);
  StateKey from{std::max(range.from, request.start), 0};
  if (!request.marker.empty()) {
    TRY(auto marked, decode_state_marker(kBlobMarker, kStateMarker, request.marker));
    if (marked.name >= from.name) {
      from = std::move(marked);
    }
  }

  Walk walk(reader, place, request, std::move(from), now);
  for (bool more = true; more && !walk.full();) {
    const auto wanted = walk.wanted();
    const auto begin = walk.from();  // the walk changes its own while the rows are read
    std::size_t rows = 0;
    bool seek = false;
    const auto rows_read = each_state(reader, place.id, request, walk.former(), begin, range.to, wanted,
                                      [&](const store::Row& row) -> Result<> {
                                        ++rows;
                                        TRY(const bool on, walk.take(row));
                                        seek = !on;
                                        return on ? Result<>(ok()) : Result<>(cancelled("enough of this query"));
                                      });
    if (!rows_read && !seek) {
      return rows_read.error();
    }
    more = seek || rows == wanted;
  }
  return walk.finish();
}

}  // namespace quaymaster::blob
