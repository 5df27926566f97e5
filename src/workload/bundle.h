#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::workload {

// A point made of several sources that belong together: the disks of one machine. Bytes: doc/formats/bundle-root.md.

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

/// The root of a point that has all the parts; `trace()` follows it. Errc::invalid: a name twice, more than 1024 parts.
Result<Buffer> bundle_root(const Bundle& bundle);
/// Errc::invalid: another kind of root. Errc::corrupt. Errc::unsupported: of a newer version.
Result<Bundle> read_bundle(Bytes root);

}  // namespace quaymaster::workload
