#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::workload {

// A point made of several sources that belong together: the disks of one machine. Bytes: doc/formats/bundle-root.md.

constexpr std::size_t kMostParts = 1024;

/// One source of a bundle.
struct Part {
  std::string name;  // unique in the bundle: "lun-1", "lun0"
  Buffer root;       // of its capture
};

/// What a bundle's root says.
struct Bundle {
  std::string document;  // JSON that belongs to whoever made it: the machine's configuration
  std::vector<Part> parts;
};

/// The root of a point that has all the parts; `trace()` follows it. Errc::invalid: a part without a name, a name
/// twice, a part that is itself a bundle, more than kMostParts.
Result<Buffer> bundle_root(const Bundle& bundle);
bool is_bundle_root(Bytes root);
/// Errc::invalid: another kind of root. Errc::corrupt: also where bundle_root would have refused. Errc::unsupported: of
/// a newer version. The parts' own roots are not looked into.
Result<Bundle> read_bundle(Bytes root);

}  // namespace quaymaster::workload
