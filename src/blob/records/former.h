#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "blob/records/records.h"

namespace quaymaster::blob {

// Former states of blobs: snapshots, versions and deleted blobs, ordered by (name, moment). Everything here runs inside
// the caller's change or view.

/// The moment of a deleted blob: after all other states of its name, and before the current blob, whose moment in a
/// listing is the largest one.
constexpr Time kLastMoment = Time::max() - Ticks{1};

/// Gives the states of one name their moments, each later than all before it.
class Moments {
 public:
  static Result<Moments> of(store::Reader& reader, const Place& place, const std::string& name,
                            const std::optional<BlobRecord>& current, Time now);
  Time next() { return next_from(now_); }
  /// What next() will return.
  Time upcoming() const { return std::max(now_, last_ + Ticks{1}); }
  /// The version id of a blob that was written without one: when it was last changed.
  Time version_of(const BlobInfo& blob) { return blob.version ? *blob.version : next_from(blob.modified); }

 private:
  Moments(Time last, Time now) : last_(last), now_(now) {}
  Time next_from(Time time) { return last_ = std::max(time, last_ + Ticks{1}); }
  Time last_;
  Time now_;
};

/// What becomes of a current blob that is overwritten or deleted.
enum class Fate { gone, version, deleted };
Fate fate_of(const Keeping& keeping, const BlobInfo& blob);
Deletion deletion_now(Time now, int days);

/// Moves the current blob, which ceases to be one. `kind` and `moment` say what it becomes.
Result<> move_to_former(store::Writer& writer, const Place& place, const BlobRecord& blob, FormerKind kind, Time moment,
                        const std::optional<Deletion>& deletion);
/// Adds a state with the content of the current blob, which must be shared. `info` has what may differ: etag,
/// modification time, metadata.
Result<> copy_to_former(store::Writer& writer, const Context& context, const Place& place, const BlobRecord& blob,
                        const BlobInfo& info, FormerKind kind, Time moment);
/// A deleted blob of this name becomes a deleted snapshot, since a new blob takes its place.
Result<> make_way(store::Writer& writer, const Place& place, const std::string& name, Moments& moments);

/// All states of a name but the current one, oldest first, with their pieces; those whose time is over are left out.
Result<std::vector<BlobRecord>> former_states(store::Reader& reader, const Place& place, const std::string& name,
                                              Time now);
/// The state that was asked for, also the current one; deleted ones do not exist.
Result<std::optional<BlobRecord>> find_state(store::Reader& reader, const BlobKey& key, const StateId& state,
                                             Depth depth);

/// Errc as the corresponding calls of Store.
Result<BlobInfo> create_snapshot(store::Writer& writer, const Context& context, const BlobKey& key,
                                 const std::optional<Metadata>& metadata, const Conditions& conditions);
Result<BlobInfo> set_metadata(store::Writer& writer, const Context& context, const BlobKey& key,
                              const Metadata& metadata, const Conditions& conditions);

}  // namespace quaymaster::blob
