#include "workload/bundle/bundle.h"

#include <algorithm>
#include <set>

#include "workload/files/coding.h"

namespace quaymaster::workload {
namespace {

constexpr std::string_view kMagic{"QMBUNDLE", 8};
constexpr std::uint32_t kBundleVersion = 1;

/// Rules for bundles when writing and reading. They cannot be nested, so following one terminates.
Result<> check_parts(const std::vector<Part>& parts) {
  if (parts.size() > kMostParts) {
    return invalid("a bundle of {} parts; at most {} are allowed", parts.size(), kMostParts);
  }
  std::set<std::string_view> names;
  for (const auto& part : parts) {
    if (part.name.empty()) {
      return invalid("a part of a bundle has no name");
    }
    if (!names.insert(part.name).second) {
      return invalid("a bundle has two parts named {}", part.name);
    }
    if (is_bundle_root(part.root)) {
      return invalid("the part {} of a bundle is itself a bundle", part.name);
    }
  }
  return ok();
}

}  // namespace

Result<Buffer> bundle_root(const Bundle& bundle) {
  TRY(check_parts(bundle.parts));
  Buffer bytes;
  append(bytes, as_bytes(kMagic));
  append_le(bytes, kBundleVersion);
  append_text(bytes, bundle.document);
  append_number(bytes, bundle.parts.size());
  for (const auto& part : bundle.parts) {
    append_text(bytes, part.name);
    append_text(bytes, as_text(part.root));
  }
  return bytes;
}

bool is_bundle_root(Bytes root) {
  return root.size() >= kMagic.size() + 4 && std::ranges::equal(root.first(kMagic.size()), as_bytes(kMagic));
}

Result<Bundle> read_bundle(Bytes root) {
  if (!is_bundle_root(root)) {
    return invalid("not the root of a bundle");
  }
  if (const auto version = load_le32(root.subspan(kMagic.size())); version > kBundleVersion) {
    return unsupported("a bundle's root of version {}", version);
  }
  Cursor cursor(root.subspan(kMagic.size() + 4));
  Bundle bundle;
  bundle.document = cursor.text();
  const auto count = cursor.number();
  for (std::uint64_t i = 0; i < count && !cursor.failed(); ++i) {
    const auto name = cursor.text();
    const auto bytes = as_bytes(cursor.text());
    bundle.parts.push_back({std::string(name), Buffer(bytes.begin(), bytes.end())});
  }
  if (cursor.failed() || !cursor.rest().empty()) {
    return corrupt("a bundle's root cannot be read");
  }
  if (const auto whole = check_parts(bundle.parts); !whole) {
    return corrupt("{}", whole.error().cause());
  }
  return bundle;
}

}  // namespace quaymaster::workload
