#pragma once

#include <functional>

#include "vault/vault.h"
#include "workload/files/coding.h"

namespace quaymaster::workload {

/// The extents of one stream, as stored in a root or a catalog. Level 0: its extents. Level n: the extents of a stream
/// that contains the list of level n-1, so that the stored list stays small however large the stream is. Format:
/// doc/formats/tree-catalog.md, "StreamPart list".
struct PartList {
  std::uint8_t level = 0;
  std::uint64_t size = 0;  // size of the stream in bytes
  std::vector<vault::StreamPart> extents;
};

constexpr std::size_t kMostDirectExtents = 512;
constexpr std::uint8_t kHighestLevel = 4;

void append_list(Buffer& buffer, const PartList& list);
/// Reports errors through the cursor.
PartList read_list(Cursor& cursor);

/// Collects the extents of one long stream in bounded memory. One thread.
class PartGatherer {
 public:
  explicit PartGatherer(vault::Session& session) : session_(session) {}
  Result<> append(std::span<const vault::StreamPart> extents);
  Result<PartList> finish();

 private:
  vault::Session& session_;
  PartList list_;
  std::unique_ptr<vault::StreamWriter> spill_;  // for the level-0 list, once it is long
};

/// Returns the extents of a stream in order, a few hundred at a time, in bounded memory. One thread.
class PartReader {
 public:
  /// `list` must outlive the reader. `lists` is called with the extents of the streams that contain its list, as they
  /// are opened.
  using VisitParts = std::function<Result<>(std::span<const vault::StreamPart>)>;
  PartReader(const PartList& list, vault::OpenStream open, VisitParts lists = {})
      : list_(list), open_(std::move(open)), lists_(std::move(lists)) {}
  /// Replaces `some`; false: the end. Errc::corrupt.
  Result<bool> next(std::vector<vault::StreamPart>& some);

 private:
  Result<> begin();
  Result<bool> decode(std::vector<vault::StreamPart>& some);

  const PartList& list_;
  const vault::OpenStream open_;
  const VisitParts lists_;
  std::unique_ptr<vault::StreamReader> stream_;  // contains the level-0 list, when that is not in the list itself
  std::uint64_t offset_ = 0;
  Buffer bytes_;
  std::size_t at_ = 0;  // index into list_.extents
  bool begun_ = false;
};

/// Calls `visit` with all of them; `with_lists`: first with those of the streams that contain its list.
using VisitParts = PartReader::VisitParts;
Result<> each_extent(const PartList& list, const vault::OpenStream& open, bool with_lists, const VisitParts& visit);
/// All of them at once: for streams known to be short, or for random access.
Result<std::vector<vault::StreamPart>> all_extents(const PartList& list, const vault::OpenStream& open);

}  // namespace quaymaster::workload
