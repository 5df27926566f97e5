#pragma once

#include <memory>

#include "base/result.h"
#include "drive/format/manifest.h"
#include "drive/read/byte_source.h"

namespace quaymaster::drive {

/// Writes a manifest, version 2014-11-01, blob by blob in bounded memory. Never writes a credential. What is written is
/// in the sink after flush or finish; making it durable is the sink's owner's part. Errc::invalid: a text that XML
/// cannot carry, a drive id that is empty, or an entry that breaks the rules of 7.2 (nothing of that entry reaches the
/// sink). After any other error the document is unfinished for good. Not thread-safe.
class ManifestWriter {
 public:
  /// Uses drive_id and client_creator of `header`.
  ManifestWriter(ByteSink sink, const ManifestHeader& header);
  ~ManifestWriter();
  ManifestWriter(ManifestWriter&&) noexcept;
  ManifestWriter& operator=(ManifestWriter&&) noexcept;

  /// Opens a BlobList, closing the one before.
  Result<> start_list(const ListDefaults& defaults);
  /// Writes one blob into the open list; opens one without id or defaults when there is none. The entry's index,
  /// defaults and problem are not looked at.
  Result<> add(const BlobEntry& entry);
  Result<> flush();
  /// Closes everything and flushes.
  Result<> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The rules of 7.2 for one blob. Errc::invalid says which one it breaks.
Result<> check_entry(const BlobEntry& entry);

}  // namespace quaymaster::drive
