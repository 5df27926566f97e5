#include "identity/audit/audit_head.h"

#include <fmt/format.h>

#include <charconv>

namespace quaymaster::identity {
namespace {

constexpr const char* kName = "head";
constexpr std::size_t kNumber = 20;
constexpr std::size_t kHash = 64;
constexpr std::size_t kText = kNumber + 1 + kHash + 1;  // fixed size, so that one head overwrites another

}  // namespace

std::optional<AuditHead> read_audit_head(Disk& disk, const Path& directory) {
  const auto bytes = read_file(disk, directory / kName, kText);
  if (!bytes || bytes.value().size() != kText) {
    return std::nullopt;
  }
  const auto text = as_text(bytes.value());
  AuditHead head;
  const auto [end, error] = std::from_chars(text.data(), text.data() + kNumber, head.number);
  if (error != std::errc{} || end != text.data() + kNumber || text[kNumber] != ' ' || text.back() != '\n') {
    return std::nullopt;
  }
  head.hash = text.substr(kNumber + 1, kHash);
  return head;
}

Result<std::unique_ptr<File>> open_audit_head(Disk& disk, const Path& directory) {
  return disk.open(directory / kName, OpenMode::create);
}

Result<> write_audit_head(File& file, const AuditHead& head) {
  return file.write_at(as_bytes(fmt::format("{:020} {}\n", head.number, head.hash)), 0);
}

}  // namespace quaymaster::identity
