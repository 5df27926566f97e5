#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/digests/digest.h"
#include "base/result.h"
#include "drive/read/byte_source.h"

namespace quaymaster::drive {

/// Replaces a credential.
constexpr std::string_view kRedactionMark = "REDACTED";
/// Replaces, once and at the end, everything from the point where the manifest cannot be parsed.
constexpr std::string_view kWithheldMark = "<!-- the rest cannot be read as XML and was withheld -->";

struct RedactionReport {
  std::uint64_t redactions = 0;      // credentials replaced
  std::uint64_t withheld_bytes = 0;  // of the part that cannot be parsed
  std::uint64_t original_bytes = 0;
  Sha256Digest original_sha256{};
  /// Whether the copy differs from the original.
  bool changed() const { return redactions > 0 || withheld_bytes > 0; }
};

/// Copies a drive manifest without its credentials, in bounded memory and otherwise byte for byte. A credential is
/// everything inside an element StorageAccountKey or ContainerSas, however it is written (any case, any prefix, any
/// depth, with references, CDATA, comments or children), its attributes, and a comment or instruction that names one of
/// the two. Credentials are located by the parser that reads manifests, at its byte offsets. Text that it cannot parse
/// might contain anything, so nothing is copied from there on. Not thread-safe.
class Redactor {
 public:
  explicit Redactor(ByteSink sink);
  ~Redactor();
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  /// Returns only errors of the sink: a malformed manifest is copied as far as it can be parsed.
  Result<> feed(Bytes bytes);
  Result<RedactionReport> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace quaymaster::drive
