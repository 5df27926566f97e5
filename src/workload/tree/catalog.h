#pragma once

#include "workload/files/catalog_entry.h"

namespace quaymaster::workload {

// A tree's catalog as a whole: the sorted entries, the index into them, and the root. Format:
// doc/formats/tree-catalog.md.

constexpr std::uint32_t kTreeVersion = 1;
/// The index has one entry per this many bytes of the catalog: what must be read to find a path.
constexpr std::uint64_t kCatalogBlock = 64 * kKiB;

struct TreeRoot {
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;
  PartList catalog;
  PartList index;
};
Buffer write_tree_root(const TreeRoot& root);
bool is_tree_root(Bytes root);
/// Errc::invalid: another workload's. Errc::unsupported: newer. Errc::corrupt.
Result<TreeRoot> read_tree_root(Bytes root);

/// Writes catalog and index. One thread at a time.
class CatalogWriter {
 public:
  explicit CatalogWriter(vault::Session& session);
  /// Appends complete encoded entries in order; `path` is that of the first one.
  Result<> append(Bytes entries, std::string_view path);
  /// Sets catalog and index of the root.
  Result<> finish(TreeRoot& root);

 private:
  vault::Session& session_;
  std::unique_ptr<vault::StreamWriter> catalog_;
  Buffer block_;             // collected for a large append
  std::uint64_t since_ = 0;  // bytes of catalog since the last index record
  Buffer index_;
};

/// Reads entries in order from any place in the index.
class CatalogReader {
 public:
  /// From the beginning. `stream` must outlive the reader.
  explicit CatalogReader(vault::StreamReader& stream) : CatalogReader(stream, 0, "") {}
  /// `first`: the path of the entry at `offset`.
  CatalogReader(vault::StreamReader& stream, std::uint64_t offset, std::string first)
      : stream_(&stream), offset_(offset), path_(std::move(first)) {}

  /// Moves to the next entry; false at the end. Errc::corrupt.
  Result<bool> next();
  const std::string& path() const { return path_; }
  const EntryHead& head() const { return head_; }
  Bytes raw() const { return Bytes(bytes_).subspan(at_, head_.size); }  // valid until the next call
  Result<CatalogEntry> entry() const { return read_entry(raw(), path_); }

 private:
  vault::StreamReader* stream_;
  std::uint64_t offset_;  // of the bytes that follow bytes_
  std::string path_;
  std::uint64_t depth_ = kUnknown;
  Buffer bytes_;
  std::size_t at_ = 0;  // of the current entry in bytes_
  EntryHead head_;

  static constexpr std::uint64_t kUnknown = ~0ULL;
};

/// The index in memory: about sixty bytes for every 64 KiB of catalog.
class CatalogIndex {
 public:
  static Result<CatalogIndex> read(vault::StreamReader& stream);
  struct Place {
    std::string path;
    std::uint64_t offset = 0;
  };
  /// The last place at or before `path`.
  const Place& place(std::string_view path) const;

 private:
  std::vector<Place> places_;
};

}  // namespace quaymaster::workload
