#include "drive/prepare/source_walk.h"

#include <algorithm>

#include "base/digests/digest.h"
#include "base/encode.h"
#include "drive/read/drive_path.h"

namespace quaymaster::drive {
namespace {

std::string below(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

/// With these keys, the paths of the whole tree are visited in the order of their bytes.
std::string sort_key(const SourceName& name) {
  return name.kind == FileKind::directory ? name.name + "/" : name.name;
}

/// Text that XML 1.0 can represent: UTF-8 without controls, surrogates and the two non-characters.
bool is_plain(std::string_view text) {
  if (!is_utf8(text)) {
    return false;
  }
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return false;
  }
  return text.find("\xEF\xBF\xBE") == text.npos && text.find("\xEF\xBF\xBF") == text.npos;
}

}  // namespace

std::string tagged(std::string_view name, std::string_view original) {
  const auto mark = "~" + hex_lower(Bytes(md5(as_bytes(original))).first(4));
  const auto dot = name.rfind('.');
  const auto at = dot == name.npos || dot == 0 || name.size() - dot > 32 ? name.size() : dot;
  std::string stem(name.substr(0, at));
  const std::string extension(name.substr(at));
  while (stem.size() + mark.size() + extension.size() > 255) {  // do not cut inside a character
    do {
      const auto last = static_cast<unsigned char>(stem.back());
      stem.pop_back();
      if ((last & 0xC0) != 0x80) {
        break;
      }
    } while (!stem.empty());
  }
  return stem + mark + extension;
}

std::string blob_segment(std::string_view name) {
  if (is_plain(name) && name.find('\\') == name.npos) {
    return std::string(name);
  }
  std::string plain;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    plain.push_back(byte < 0x20 || byte >= 0x7F || c == '\\' ? '_' : c);
  }
  return tagged(plain, name);
}

Result<> SourceWalk::run(const std::string& after) {
  TRY(const auto names, source_.list(""));
  return directory({}, names, after);
}

Result<> SourceWalk::directory(const Names& at, const std::vector<SourceName>& names, const std::string& after) {
  auto sorted = names;
  std::ranges::sort(sorted, {}, sort_key);
  std::set<std::string> taken;  // on the drive, compared without case
  for (const auto& name : sorted) {
    const auto path = below(at.source, name.name);
    if (name.is_excluded) {
      continue;
    }
    if (name.kind == FileKind::symlink || name.kind == FileKind::other) {
      TRY(on_skipped_(path, name.kind == FileKind::symlink ? "symbolic link" : "not a regular file"));
      continue;
    }
    // The path on the drive must be valid in both XML and NTFS.
    const auto plain = blob_segment(name.name);
    auto on_drive = ntfs_name(plain);
    if (on_drive != plain && plain == name.name) {
      on_drive = tagged(on_drive, name.name);
    }
    if (!taken.insert(fold_case(on_drive)).second) {
      on_drive = tagged(on_drive, name.name);
      taken.insert(fold_case(on_drive));
    }
    const Names next{path, below(at.drive, on_drive), below(at.blob, plain)};
    if (name.kind == FileKind::regular) {
      if (path > after) {
        TRY(on_file_({next.source, next.drive, next.blob, name.size}));
      }
      continue;
    }
    const auto inside = path + "/";
    if (after > inside && !after.starts_with(inside)) {
      continue;  // all of it is before `after`
    }
    const auto listed = source_.list(path);
    if (!listed) {
      TRY(on_skipped_(path, "directory that cannot be read: " + listed.error().cause()));
      continue;
    }
    TRY(directory(next, listed.value(), after));
  }
  return ok();
}

}  // namespace quaymaster::drive
