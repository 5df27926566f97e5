// Reads a manifest in large and in tiny pieces, and writes it back.

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "drive/manifest/manifest_reader.h"
#include "drive/manifest/manifest_writer.h"

namespace {

using namespace quaymaster;
using namespace quaymaster::drive;

struct Reading {
  bool whole = false;
  ManifestHeader header;
  std::vector<BlobEntry> entries;
};

Reading read(Bytes manifest, std::size_t piece) {
  Reading reading;
  ManifestReader reader([source = read_from(manifest), piece](MutableBytes into) mutable {
    return source(into.first(std::min(into.size(), piece)));
  });
  if (const auto header = reader.header()) {
    reading.header = *header.value();
  } else {
    return reading;
  }
  for (;;) {
    BlobEntry entry;
    const auto more = reader.next(entry);
    if (!more) {
      return reading;
    }
    if (!more.value()) {
      reading.whole = true;
      return reading;
    }
    reading.entries.push_back(std::move(entry));
  }
}

void check_same(const BlobEntry& a, const BlobEntry& b) {
  check(a.blob_path == b.blob_path && a.file_path == b.file_path && a.snapshot == b.snapshot);
  check(a.length == b.length && a.kind == b.kind && a.disposition == b.disposition && a.problem == b.problem);
  check(a.ranges.size() == b.ranges.size());
  for (std::size_t i = 0; i < a.ranges.size(); ++i) {
    check(a.ranges[i].offset == b.ranges[i].offset && a.ranges[i].length == b.ranges[i].length);
    check(a.ranges[i].id == b.ranges[i].id && std::ranges::equal(a.ranges[i].hash, b.ranges[i].hash));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes manifest(data, size);
  const auto reading = read(manifest, 1U << 20);
  const auto pieces = read(manifest, 3);
  check(reading.whole == pieces.whole);
  if (!reading.whole) {
    return 0;
  }
  check(reading.entries.size() == pieces.entries.size());

  std::string copy;
  const auto sink = [&copy](Bytes bytes) -> Result<> {
    copy += as_text(bytes);
    return ok();
  };
  ManifestWriter writer(sink, reading.header);
  for (std::size_t i = 0; i < reading.entries.size(); ++i) {
    check_same(reading.entries[i], pieces.entries[i]);
    check(check_entry(reading.entries[i]).has_value());
    check(writer.add(reading.entries[i]).has_value());
  }
  check(writer.finish().has_value());
  const auto again = read(as_bytes(copy), 1U << 20);
  check(again.whole && again.entries.size() == reading.entries.size());
  check(again.header.drive_id == reading.header.drive_id &&
        again.header.client_creator == reading.header.client_creator);
  for (std::size_t i = 0; i < reading.entries.size(); ++i) {
    check_same(reading.entries[i], again.entries[i]);
  }
  return 0;
}
