#pragma once

#include <memory>

#include "base/result.h"
#include "drive/format/manifest.h"
#include "drive/read/byte_source.h"

namespace quaymaster::drive {

/// Writes a manifest, version 2014-11-01, blob by blob in bounded memory. Never writes a credential. After flush or
/// finish everything written is in the sink; making it durable is up to the sink's owner. Errc::invalid: a text that
/// XML cannot represent, an empty drive id, or an entry that violates the rules of 7.2 (nothing of that entry reaches
/// the sink). After any other error the document can never be completed. Not thread-safe.
class ManifestWriter {
 public:
  /// Uses drive_id and client_creator of `header`.
  ManifestWriter(ByteSink sink, const ManifestHeader& header);
  ~ManifestWriter();
  ManifestWriter(ManifestWriter&&) noexcept;
  ManifestWriter& operator=(ManifestWriter&&) noexcept;

  /// Opens a BlobList, closing the previous one.
  Result<> start_list(const ListDefaults& defaults);
  /// Writes one blob into the open list; opens one without id or defaults if needed. The entry's index, defaults and
  /// problem are ignored.
  Result<> add(const BlobEntry& entry);
  Result<> flush();
  /// Closes everything and flushes.
  Result<> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Checks the rules of 7.2 for one blob. Errc::invalid: names the violated rule.
Result<> check_entry(const BlobEntry& entry);

}  // namespace quaymaster::drive
