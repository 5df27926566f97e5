#include "blob/records/listing.h"

#include <algorithm>

#include "blob/records/key_range.h"
#include "blob/records/marker.h"

namespace quaymaster::blob {
namespace {

constexpr std::size_t kLargestPage = 5000;
constexpr char kBlobMarker = '1';
/// How many blobs under a listed prefix are stepped over before the walk seeks past the prefix: for the small
/// directories of most trees, stepping is cheaper than seeking.
constexpr int kMostSteps = 16;

using OnRow = std::function<Result<>(const store::Row&)>;

Result<> each_blob(store::Reader& reader, ContainerId container, const std::string& from, const std::string& to,
                   std::size_t limit, const OnRow& on_row) {
  return reader.each("SELECT " QM_BLOB_INFO_COLUMNS
                     " FROM blob_blobs WHERE container = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
                     on_row, container, as_bytes(from), as_bytes(to), limit);
}

/// Merges both tables in one order; a draft of an existing blob is not listed.
Result<> each_blob_or_draft(store::Reader& reader, ContainerId container, const std::string& from,
                            const std::string& to, std::size_t limit, const OnRow& on_row) {
  return reader.each("SELECT " QM_BLOB_INFO_COLUMNS
                     " FROM blob_blobs WHERE container = ? AND name >= ? AND name < ?"
                     " UNION ALL"
                     " SELECT 0, d.name, 0, 0, 0, d.modified, d.modified, 0, NULL, NULL, 0, 0 FROM blob_drafts d"
                     " WHERE d.container = ? AND d.name >= ? AND d.name < ? AND NOT EXISTS"
                     " (SELECT 1 FROM blob_blobs b WHERE b.container = d.container AND b.name = d.name)"
                     " ORDER BY 2 LIMIT ?",
                     on_row, container, as_bytes(from), as_bytes(to), container, as_bytes(from), as_bytes(to), limit);
}

Result<BlobInfo> read_item(const store::Row& row) {
  if (row.integer(0) != 0) {
    TRY(auto record, read_info(row));
    return std::move(record.info);
  }
  BlobInfo draft;
  draft.name = as_text(row.blob(1));
  draft.created = row.time(5);
  draft.modified = row.time(6);
  return draft;
}

class Walk {
 public:
  Walk(const ListRequest& request, std::string from)
      : request_(request), limit_(std::clamp<std::size_t>(request.limit, 1, kLargestPage)), from_(std::move(from)) {}

  /// Takes rows in order, starting at from(). False: seek to from() and continue there, or stop when the page is full.
  Result<bool> take(const store::Row& row) {
    const auto name = as_text(row.blob(1));
    if (in_last_prefix(name)) {
      return ++steps_ < kMostSteps;
    }
    if (page_.items.size() == limit_) {
      // One more item than the page holds: the next page begins at or before it.
      page_.next_marker = encode_marker(kBlobMarker, from_);
      full_ = true;
      return false;
    }
    const auto rest = name.substr(std::min(name.size(), request_.prefix.size()));
    const auto at = request_.delimiter.empty() ? std::string_view::npos : rest.find(request_.delimiter);
    if (at == std::string_view::npos) {
      TRY(auto info, read_item(row));
      from_ = key_after(info.name);
      page_.items.push_back({std::move(info), {}});
    } else {
      std::string prefix(name.substr(0, request_.prefix.size() + at + request_.delimiter.size()));
      from_ = key_after_all_of(prefix);
      steps_ = 0;
      page_.items.push_back({std::nullopt, std::move(prefix)});
    }
    return true;
  }

  bool full() const { return full_; }
  std::size_t wanted() const { return limit_ - page_.items.size() + 1 + kMostSteps; }
  const std::string& from() const { return from_; }
  ListPage finish() { return std::move(page_); }

 private:
  bool in_last_prefix(std::string_view name) const {
    return !page_.items.empty() && !page_.items.back().blob && name.starts_with(page_.items.back().prefix);
  }

  const ListRequest& request_;
  const std::size_t limit_;
  std::string from_;
  ListPage page_;
  int steps_ = 0;  // over names below the last prefix
  bool full_ = false;
};

}  // namespace

Result<ListPage> list_page(store::Reader& reader, const std::string& account, const std::string& container,
                           const ListRequest& request) {
  TRY(const auto id, require_container(reader, account, container));
  const KeyRange range(request.prefix);
  auto from = std::max(range.from, request.start);
  if (!request.marker.empty()) {
    TRY(auto marked, decode_marker(kBlobMarker, request.marker));
    from = std::max(from, std::move(marked));
  }
  const auto& each = request.uncommitted ? each_blob_or_draft : each_blob;

  Walk walk(request, std::move(from));
  for (bool more = true; more && !walk.full();) {
    const auto wanted = walk.wanted();
    const auto begin = walk.from();  // the walk changes its own while the rows are read
    std::size_t rows = 0;
    bool seek = false;
    const auto rows_read = each(reader, id, begin, range.to, wanted, [&](const store::Row& row) -> Result<> {
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
