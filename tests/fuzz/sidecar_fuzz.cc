// Reads metadata and properties files, a blob path, a diagnostics path and a drive header hash from the same bytes.

#include "base/check.h"
#include "drive/format/drive_header.h"
#include "drive/format/manifest.h"
#include "drive/format/metadata.h"
#include "drive/manifest/drive_list.h"
#include "drive/manifest/manifest_backup.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quaymaster;
  using namespace quaymaster::drive;
  const Bytes file(data, size);
  const auto text = as_text(file);

  if (const auto metadata = read_metadata(file)) {
    // Names that only the newest edition of XML allows, or with a colon, are read but not written.
    if (const auto written = write_metadata(metadata.value())) {
      check(read_metadata(as_bytes(written.value())).value() == metadata.value());
    }
    check(merge(metadata.value(), metadata.value()) == metadata.value());
  }
  if (const auto properties = read_properties(file)) {
    const auto written = write_properties(properties.value());
    check(read_properties(as_bytes(written.value())).value() == properties.value());
    (void)to_blob_properties(properties.value());
  }
  if (const auto address = parse_blob_path(text)) {
    check(is_container_name(address.value().container) && !address.value().name.empty());
  }
  if (const auto place = parse_diagnostics_path(text)) {
    check(is_container_name(place.value().container));
  }
  if (const auto name = parse_log_blob_name(text)) {
    check(parse_log_blob_name(log_blob_name({}, name.value())).has_value());
  }
  (void)parse_drive_header_hash(text);
  (void)is_true_numerical_password(text);
  return 0;
}
