// The XML bodies that clients send to the Blob service: block lists and service properties.

#include "base/check.h"
#include "faces/blob/blob_blocks.h"
#include "faces/blob/blob_service_settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quaymaster;
  using namespace quaymaster::storage;
  const auto text = as_text(Bytes(data, size));
  if (const auto blocks = parse_block_list(text)) {
    for (const auto& block : blocks.value()) {
      check(!block.id.empty() && block.id.size() <= 88);
    }
  }
  if (auto settings = parse_service_settings(text)) {
    if (const auto retention = take_retention(settings.value()); retention && retention.value()) {
      check(retention.value()->days >= 0 && retention.value()->days <= 365);
    }
    // Stored documents are our own: they read back unchanged.
    const auto written = write_service_settings(settings.value(), {});
    const auto again = parse_service_settings(written);
    check(again.has_value());
    for (const auto& [element, xml] : settings.value()) {
      check(again.value().at(element) == xml);
    }
  }
  return 0;
}
