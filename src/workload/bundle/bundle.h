#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::workload {

// A point made of several related sources: the disks of one machine. Format: doc/formats/bundle-root.md.

constexpr std::size_t kMostParts = 1024;

/// One source of a bundle.
struct Part {
  std::string name;  // unique in the bundle: "lun-1", "lun0"
  Buffer root;       // from its capture
};

/// The contents of a bundle's root.
struct Bundle {
  std::string document;  // JSON of the code that made the bundle: the machine's configuration
  std::vector<Part> parts;
};

/// Makes the root of a point with all the parts; `trace()` follows it. Errc::invalid: a part without a name, a
/// duplicate name, a part that is itself a bundle, more than kMostParts.
Result<Buffer> bundle_root(const Bundle& bundle);
bool is_bundle_root(Bytes root);
/// Errc::invalid: another kind of root. Errc::corrupt: also where bundle_root would have refused. Errc::unsupported: a
/// newer version. Does not read the parts' own roots.
Result<Bundle> read_bundle(Bytes root);

}  // namespace quaymaster::workload
