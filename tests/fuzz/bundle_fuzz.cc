// Reads roots of bundles; what is accepted is written back unchanged.

#include <algorithm>

#include "base/check.h"
#include "workload/bundle/bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quaymaster;
  using namespace quaymaster::workload;
  const auto bundle = read_bundle(Bytes(data, size));
  if (!bundle) {
    return 0;
  }
  const auto written = bundle_root(bundle.value());
  check(written && written.value().size() <= size);  // numbers may have been longer than necessary
  const auto again = read_bundle(written.value()).value();
  check(again.document == bundle.value().document && again.parts.size() == bundle.value().parts.size());
  for (std::size_t i = 0; i < again.parts.size(); ++i) {
    check(again.parts[i].name == bundle.value().parts[i].name && again.parts[i].root == bundle.value().parts[i].root);
  }
  return 0;
}
