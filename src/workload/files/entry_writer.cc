#include "workload/files/entry_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/digests/digest.h"
#include "base/encode.h"

namespace quaymaster::workload {
namespace {

constexpr int kMostCopies = 10'000;

bool is_unfinished(const struct stat& status) {
  return S_ISREG(status.st_mode) && (status.st_mode & 07777) == EntryWriter::kUnfinished;
}

/// Always the same for a given name, so that a repeat after a crash finds it and leaves nothing behind.
std::string name_beside(const std::string& name) {
  const auto digest = sha256(as_bytes(name));
  return ".quaymaster-restore-" + hex_lower(Bytes(digest).first(8));
}

std::string copy_name(const std::string& name, int number) {
  const auto dot = name.rfind('.');
  const bool has_extension = dot != std::string::npos && dot != 0;
  auto stem = has_extension ? name.substr(0, dot) : name;
  const auto rest = fmt::format(" ({}){}", number, has_extension ? name.substr(dot) : "");
  if (stem.size() + rest.size() > NAME_MAX) {
    stem.resize(rest.size() < NAME_MAX ? NAME_MAX - rest.size() : 0);
  }
  return stem + rest;
}

}  // namespace

Result<Outcome> EntryWriter::restore(const TargetDirectory::Shared& directory, const std::string& name,
                                     const CatalogEntry& entry) {
  const Place place{directory, name};
  batch_.touch(*directory);
  switch (entry.entry.kind) {
    case EntryKind::file: {
      if (entry.entry.links > 1) {
        return restore_linked(place, entry);
      }
      TRY(const auto done, make(place, entry, [&](const Place& at) { return make_file(at, entry); }));
      return done.outcome;
    }
    case EntryKind::symlink:
    case EntryKind::fifo: {
      TRY(const auto done, make(place, entry, [&](const Place& at) { return make_special(at, entry); }));
      return done.outcome;
    }
    default:
      warnings_.add(join(directory->path(), name), Errc::unsupported, "sockets and devices are not restored");
      return Outcome::skipped;
  }
}

std::optional<struct stat> EntryWriter::status_of(const Place& place) const {
  struct stat status{};
  if (::fstatat(place.directory->get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::nullopt;
  }
  return status;
}

Result<bool> EntryWriter::is_identical(const Place& place, const struct stat& status, const CatalogEntry& entry) {
  const auto there = entry_of(status);
  const auto& wanted = entry.entry;
  if (there.kind != wanted.kind || is_unfinished(status)) {
    return false;
  }
  if (wanted.kind == EntryKind::file) {
    return there.size == entry.content.size && there.modified == wanted.modified ? has_bytes(place, status, entry)
                                                                                 : Result<bool>(false);
  }
  if (wanted.kind != EntryKind::symlink) {
    return true;
  }
  std::string target(wanted.target.size() + 1, '\0');
  const auto size = ::readlinkat(place.directory->get(), place.name.c_str(), target.data(), target.size());
  return size >= 0 && target.substr(0, static_cast<std::size_t>(size)) == wanted.target;
}

Result<bool> EntryWriter::has_bytes(const Place& place, const struct stat& status, const CatalogEntry& entry) {
  const auto file = open_at(place.directory->get(), place.name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat opened{};
  if (!file || ::fstat(file.get(), &opened) != 0 || opened.st_ino != status.st_ino) {
    return false;  // it cannot be read, so it cannot be compared
  }
  return has_content(file.get(), entry.content, open_, workers_, meter_);
}

/// Only mode, owner or times may have changed.
void EntryWriter::renew_metadata(const Place& place, const struct stat& status, const TreeEntry& entry) {
  const bool same_owner = ::geteuid() != 0 || (status.st_uid == entry.uid && status.st_gid == entry.gid);
  const bool same_mode = (status.st_mode & 07777) == entry.mode || entry.kind == EntryKind::symlink;
  if (same_owner && same_mode && entry_of(status).modified == entry.modified) {
    return;
  }
  apply_metadata_at(*place.directory, place.name, entry, warnings_);
}

Result<EntryWriter::Done> EntryWriter::make(const Place& place, const CatalogEntry& entry, const Make& make_at) {
  // The name is nearly always free, so there is no check before.
  auto made = make_new(place, make_at);
  if (made || made.error().kind() != Errc::conflict) {
    return made;
  }
  auto status = status_of(place);
  if (status && is_unfinished(*status) && batch_.holds(*place.directory, status->st_ino)) {
    TRY(batch_.flush());  // named twice in one restore
    status = status_of(place);
  }
  if (status && is_unfinished(*status)) {  // ours, from before a crash
    if (::unlinkat(place.directory->get(), place.name.c_str(), 0) != 0) {
      return system_error(errno, "remove an unfinished file");
    }
    return make_new(place, make_at);
  }
  // Something that is kept anyway need not be read, unless another name may become a link to it.
  if (status && (copy_ != CopyOption::skip || entry.entry.links > 1)) {
    TRY(const bool is_there, is_identical(place, *status, entry));
    if (is_there) {
      if (copy_ == CopyOption::overwrite) {
        renew_metadata(place, *status, entry.entry);
      }
      return Done{Outcome::skipped, status->st_ino, place.name};
    }
  }
  if (copy_ == CopyOption::skip) {
    TRY(meter_.advance(entry.content.size, 0));
    return Done{Outcome::skipped, 0, {}};
  }
  if (copy_ == CopyOption::create_copy) {
    return make_copy(place, entry, make_at);
  }
  if (copy_ == CopyOption::fail_on_conflict) {
    return conflict("the name is taken");
  }
  if (status && S_ISDIR(status->st_mode)) {
    return conflict("there is a directory of this name");
  }
  return replace(place, make_at);
}

Result<EntryWriter::Done> EntryWriter::make_new(const Place& place, const Make& make_at) {
  TRY(auto made, make_at(place));
  const auto inode = made.inode;
  if (!made.is_durable) {
    TRY(hand_over(place, place.name, std::move(made)));
  }
  return Done{Outcome::restored, inode, place.name};
}

Result<EntryWriter::Done> EntryWriter::replace(const Place& place, const Make& make_at) {
  const Place beside{place.directory, name_beside(place.name)};
  ::unlinkat(place.directory->get(), beside.name.c_str(), 0);  // from before a crash
  TRY(auto made, make_at(beside));
  const auto inode = made.inode;
  TRY(hand_over(place, beside.name, std::move(made)));
  return Done{Outcome::restored, inode, beside.name};
}

Result<EntryWriter::Done> EntryWriter::make_copy(const Place& place, const CatalogEntry& entry, const Make& make_at) {
  for (int number = 1; number <= kMostCopies; ++number) {
    const Place copy{place.directory, copy_name(place.name, number)};
    auto made = make_new(copy, make_at);
    if (made) {
      made.value().inode = 0;
      return made;
    }
    if (made.error().kind() != Errc::conflict) {
      return made;
    }
    const auto status = status_of(copy);
    if (status && is_unfinished(*status) && ::unlinkat(copy.directory->get(), copy.name.c_str(), 0) == 0) {
      --number;
      continue;
    }
    if (status) {
      TRY(const bool is_there, is_identical(copy, *status, entry));
      if (is_there) {
        return Done{Outcome::skipped, 0, {}};
      }
    }
  }
  return conflict("there are {} copies already", kMostCopies);
}

Result<> EntryWriter::hand_over(const Place& place, const std::string& made_as, Made made) {
  return batch_.add({place.directory, place.name, made_as, made.inode, made.bytes, made.mode, std::move(made.access)});
}

Result<EntryWriter::Made> EntryWriter::make_file(const Place& place, const CatalogEntry& entry) {
  const int directory = place.directory->get();
  const auto file = open_at(directory, place.name.c_str(), O_WRONLY | O_CREAT | O_EXCL, kUnfinished);
  if (!file) {
    return system_error(errno, "make the file");
  }
  struct stat status{};
  const bool is_marked =
      ::fstat(file.get(), &status) == 0 && (is_unfinished(status) || ::fchmod(file.get(), kUnfinished) == 0);
  auto written = is_marked ? write_content(file.get(), entry.content, open_, workers_, meter_)
                           : Result<>(system_error(errno, "mark the file as unfinished"));
  if (!written) {
    ::unlinkat(directory, place.name.c_str(), 0);
    return std::move(written).error();
  }
  Made made{status.st_ino, false, entry.content.size, entry.entry.mode, {}};
  made.access = apply_metadata_but_mode(file.get(), entry.entry, join(place.directory->path(), place.name), warnings_);
  return made;
}

Result<EntryWriter::Made> EntryWriter::make_special(const Place& place, const CatalogEntry& entry) {
  const int directory = place.directory->get();
  const int failed = entry.entry.kind == EntryKind::symlink
                         ? ::symlinkat(entry.entry.target.c_str(), directory, place.name.c_str())
                         : ::mkfifoat(directory, place.name.c_str(), 0600);
  if (failed != 0) {
    return system_error(errno, "make the entry");
  }
  apply_metadata_at(*place.directory, place.name, entry.entry, warnings_);
  const auto status = status_of(place);
  return Made{status ? status->st_ino : 0, true, 0, {}, {}};
}

Result<Outcome> EntryWriter::restore_linked(const Place& place, const CatalogEntry& entry) {
  std::shared_ptr<Linked> linked;
  {
    const std::lock_guard lock(mutex_);
    const std::pair key{entry.entry.device, entry.entry.inode};
    auto& slot = linked_[key];
    if (!slot) {
      slot = std::make_shared<Linked>();
    }
    linked = slot;
    if (++linked->met >= entry.entry.links) {
      linked_.erase(key);
    }
  }
  const std::lock_guard lock(linked->mutex);
  const auto whole = [&](const Place& at) { return make_file(at, entry); };
  if (!linked->path.empty()) {
    const auto there = status_of(place);
    if (there && there->st_ino == linked->inode) {  // linked by an earlier, interrupted restore
      TRY(meter_.advance(entry.content.size, 0));
      return Outcome::skipped;
    }
    bool linked_now = false;
    const auto restored = make(place, entry, [&](const Place& at) -> Result<Made> {
      auto made = link_to(linked->made_as, linked->inode, at);
      if (!made && made.error().kind() != Errc::conflict) {
        made = link_to(linked->path, linked->inode, at);  // it has been moved to its place meanwhile
      }
      linked_now = static_cast<bool>(made);
      if (made) {
        return Made{linked->inode, true, 0, {}, {}};
      }
      if (made.error().kind() == Errc::conflict) {
        return std::move(made).error();
      }
      return whole(at);  // too many links, or the first one no longer exists: make a separate file
    });
    if (!restored) {
      return restored.error();
    }
    if (linked_now) {
      TRY(meter_.advance(entry.content.size, 0));
    }
    return restored.value().outcome;
  }
  TRY(const auto done, make(place, entry, whole));
  if (done.inode != 0) {
    linked->path = join(place.directory->path(), place.name);
    linked->made_as = join(place.directory->path(), done.made_as);
    linked->inode = done.inode;
  }
  return done.outcome;
}

Result<> EntryWriter::link_to(const std::string& path, std::uint64_t inode, const Place& place) {
  // From the target down again by single names: directories exchanged meanwhile cannot lead elsewhere.
  TRY(const auto names, plain_names(path));
  Handle walked;
  int at = root_.get();
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    walked = open_at(at, names[i].c_str(), O_PATH | O_DIRECTORY);
    if (!walked) {
      return system_error(errno, "find the first link");
    }
    at = walked.get();
  }
  if (::linkat(at, names.back().c_str(), place.directory->get(), place.name.c_str(), 0) != 0) {
    return system_error(errno, "link");
  }
  const auto status = status_of(place);
  if (status && status->st_ino == inode) {
    return ok();
  }
  ::unlinkat(place.directory->get(), place.name.c_str(), 0);
  return not_found("the first link is a different file now");
}

}  // namespace quaymaster::workload
