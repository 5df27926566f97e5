#include "workload/files/target_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace quaymaster::workload {
namespace {

void times_of(const TreeEntry& entry, struct timespec (&times)[2]) {
  times[0] = {0, UTIME_OMIT};
  times[1] = {static_cast<time_t>(entry.modified.seconds), static_cast<long>(entry.modified.nanoseconds)};
}

void warn(const char* what, const std::string& path, Warnings& warnings) {
  warnings.add(path, system_error(errno, what));
}

bool may_change_owners() {
  return ::geteuid() == 0;
}

void write_attributes(const AttributePath& target, const TreeEntry& entry, const std::string& path,
                      Warnings& warnings) {
  for (const auto& [name, value] : entry.attributes) {
    if (const auto written = target.write(name, value); !written) {
      warnings.add(path, written.error());
    }
  }
}

/// An access control list includes the mode bits of owner, group and others.
bool changes_mode(std::string_view attribute) {
  return attribute == "system.posix_acl_access";
}

bool is_unfinished(const struct stat& directory) {
  return (directory.st_mode & 07777) == TargetDirectory::kUnfinished;
}

}  // namespace

void apply_metadata(int file, const TreeEntry& entry, const std::string& path, Warnings& warnings) {
  // In this order: a change of owner clears mode bits and capabilities.
  if (may_change_owners() && ::fchown(file, entry.uid, entry.gid) != 0) {
    warn("set the owner", path, warnings);
  }
  write_attributes(AttributePath(file), entry, path, warnings);
  struct timespec times[2];
  times_of(entry, times);
  if (::futimens(file, times) != 0) {
    warn("set the time", path, warnings);
  }
  if (::fchmod(file, entry.mode) != 0) {
    warn("set the mode", path, warnings);
  }
}

std::vector<std::pair<std::string, Buffer>> apply_metadata_but_mode(int file, const TreeEntry& entry,
                                                                    const std::string& path, Warnings& warnings) {
  if (may_change_owners() && ::fchown(file, entry.uid, entry.gid) != 0) {
    warn("set the owner", path, warnings);
  }
  std::vector<std::pair<std::string, Buffer>> access;
  const AttributePath target(file);
  for (const auto& attribute : entry.attributes) {
    if (changes_mode(attribute.first)) {
      access.push_back(attribute);
    } else if (const auto written = target.write(attribute.first, attribute.second); !written) {
      warnings.add(path, written.error());
    }
  }
  struct timespec times[2];
  times_of(entry, times);
  if (::futimens(file, times) != 0) {
    warn("set the time", path, warnings);
  }
  return access;
}

void apply_metadata_at(const TargetDirectory& directory, const std::string& name, const TreeEntry& entry,
                       Warnings& warnings) {
  const auto path = join(directory.path(), name);
  if (may_change_owners() &&
      ::fchownat(directory.get(), name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    warn("set the owner", path, warnings);
  }
  write_attributes(AttributePath(directory.get(), name), entry, path, warnings);
  if (entry.kind != EntryKind::symlink) {  // a symlink has no mode
    const auto node = open_at(directory.get(), name.c_str(), O_PATH);
    if (!node || ::chmod(fmt::format("/proc/self/fd/{}", node.get()).c_str(), entry.mode) != 0) {
      warn("set the mode", path, warnings);
    }
  }
  struct timespec times[2];
  times_of(entry, times);
  if (::utimensat(directory.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    warn("set the time", path, warnings);
  }
}

Result<TargetDirectory::Shared> TargetDirectory::open_root(const Path& path, bool& made, Warnings& warnings) {
  made = ::mkdir(path.c_str(), kUnfinished) == 0;
  if (!made && errno != EEXIST) {
    return system_error(errno, fmt::format("make {}", path.native()));
  }
  Handle handle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle) {
    return system_error(errno, fmt::format("open {}", path.native()));
  }
  struct stat status{};
  if (::fstat(handle.get(), &status) != 0) {
    return system_error(errno, fmt::format("stat {}", path.native()));
  }
  made = made || is_unfinished(status);
  return std::make_shared<TargetDirectory>(nullptr, std::move(handle), status.st_dev, "", warnings);
}

Result<TargetDirectory::Shared> TargetDirectory::enter(const Shared& parent, const std::string& name, bool& made) {
  made = ::mkdirat(parent->get(), name.c_str(), kUnfinished) == 0;
  if (!made && errno != EEXIST) {
    return system_error(errno, "make the directory");
  }
  auto handle = open_at(parent->get(), name.c_str(), O_RDONLY | O_DIRECTORY);
  if (!handle && (errno == ENOTDIR || errno == ELOOP)) {
    return conflict("something other than a directory has this name");
  }
  if (!handle) {
    return system_error(errno, "open the directory");
  }
  struct stat status{};
  if (::fstat(handle.get(), &status) != 0) {
    return system_error(errno, "stat the directory");
  }
  made = made || is_unfinished(status);
  return std::make_shared<TargetDirectory>(parent, std::move(handle), status.st_dev, join(parent->path(), name),
                                           parent->warnings_);
}

TargetDirectory::~TargetDirectory() {
  if (entry_) {
    apply_metadata(handle_.get(), *entry_, path_, warnings_);
  }
}

Result<std::vector<std::string>> plain_names(const std::string& path) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= path.size() && !path.empty();) {
    const auto end = std::min(path.find('/', at), path.size());
    names.push_back(path.substr(at, end - at));
    const auto& name = names.back();
    if (name.empty() || name == "." || name == ".." || name.find('\0') != std::string::npos) {
      return invalid("the path must be names with \"/\" between them");
    }
    at = end + 1;
  }
  return names;
}

}  // namespace quaymaster::workload
