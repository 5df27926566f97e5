#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace quaymaster::drive {

/// One drive of a job: an entry of driveList, and the <Drive> fragment of preparation journals.
struct DriveListEntry {
  std::string drive_id;
  std::string bitlocker_key;
  std::string manifest_file;  // from the drive's root, "\DriveManifest.xml"
  std::string manifest_hash;  // hexadecimal
  std::optional<std::string> drive_header_hash;
};

/// The fragment that preparation tools write next to a journal, <DriveID>.xml; newer tools add DriveHeaderHash. Without
/// an XML declaration, so that it can be embedded in a journal. Errc::invalid: a text that XML cannot represent.
Result<std::string> write_drive_fragment(const DriveListEntry& entry);

enum class BitLockerKeyForm {
  numerical_password,  // 8 groups of 6 digits joined by dashes
  external_key,        // base64
  other,
};
BitLockerKeyForm bitlocker_key_form(std::string_view key);
/// Whether a numerical password is plausible: every group divisible by 11 and below 720896. The service accepts any at
/// creation; this is for our own tools and for explaining why a volume does not open.
bool is_true_numerical_password(std::string_view key);

}  // namespace quaymaster::drive
