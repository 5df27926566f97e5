// For any bytes: no text of a credential element survives, the copy does not depend on how the bytes were split,
// and a copy has nothing left to redact.

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/encode.h"
#include "drive/manifest/redaction.h"
#include "wire/xml_reader.h"

namespace {

using namespace quaymaster;
using namespace quaymaster::drive;

struct Copy {
  std::string text;
  RedactionReport report;
};

Copy redact(Bytes document, std::size_t piece) {
  Copy copy;
  Redactor redactor([&](Bytes bytes) -> Result<> {
    copy.text += as_text(bytes);
    return ok();
  });
  while (!document.empty()) {
    const auto part = document.first(std::min(piece, document.size()));
    check(redactor.feed(part).has_value());
    document = document.subspan(part.size());
  }
  copy.report = redactor.finish().value();
  return copy;
}

/// Finds credential elements with a simple parser.
class Judge final : public wire::XmlHandler {
 public:
  Result<> start(std::string_view name, wire::XmlAttributes attributes) override {
    const auto lower = to_lower(name.substr(name.rfind(':') + 1));
    check(depth_ == 0);
    if (lower == "storageaccountkey" || lower == "containersas") {
      check(attributes.empty());
      depth_ = 1;
    }
    return ok();
  }
  Result<> text(std::string_view text) override {
    check(depth_ == 0 || text == kRedactionMark);
    return ok();
  }
  Result<> end(std::string_view) override {
    depth_ = 0;
    return ok();
  }
  Result<> comment(std::string_view text) override {
    const auto lower = to_lower(text);
    check(depth_ == 0 || kWithheldMark.find(text) != kWithheldMark.npos);
    check(lower.find("storageaccountkey") == lower.npos && lower.find("containersas") == lower.npos);
    return ok();
  }

 private:
  int depth_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes document(data, size);
  const auto copy = redact(document, 1U << 20);
  check(copy.text == redact(document, 1).text);
  check(copy.report.original_bytes == size && copy.report.original_sha256 == sha256(document));
  if (!copy.report.changed()) {
    check(std::ranges::equal(as_bytes(copy.text), document));
  }
  Judge judge;
  const auto read = wire::read_xml(as_bytes(copy.text), judge);
  if (read && copy.report.withheld_bytes == 0) {
    check(redact(as_bytes(copy.text), 1U << 20).text == copy.text);
  }
  return 0;
}
