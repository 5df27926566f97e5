#include "drive/prepare/prepare.h"

#include <algorithm>
#include <set>

#include "base/digests/digest.h"
#include "base/encode.h"
#include "drive/format/claimed_hash.h"
#include "drive/format/drive_journal.h"
#include "drive/format/metadata.h"
#include "drive/manifest/drive_id.h"
#include "drive/manifest/manifest_writer.h"
#include "drive/prepare/prepare_copy.h"
#include "drive/prepare/prepare_paths.h"
#include "drive/prepare/source_walk.h"

namespace quaymaster::drive {
namespace {

constexpr std::string_view kOwnDirectory = ".quaymaster";
constexpr std::string_view kManifestName = "DriveManifest.xml";

/// The state of a session according to the journal.
struct Session {
  JournalRecord begun;
  bool ended = false;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::string last_path;  // of the source
};

struct JournalState {
  std::string drive_id;
  std::set<std::string> names;  // of all sessions
  std::optional<Session> last;
  std::string manifest_hash;  // of the manifest over all of them; empty: not yet written

  Result<> take(const JournalRecord& record) {
    switch (record.kind) {
      case JournalKind::drive:
        drive_id = record.drive_id.value_or("");
        break;
      case JournalKind::session:
        names.insert(record.session.value_or(""));
        last.emplace().begun = record;
        manifest_hash.clear();
        break;
      case JournalKind::file: {
        if (!last) {
          return corrupt("the drive journal has a file before any session");
        }
        ++last->files;
        last->bytes += record.length.value_or(0);
        TRY(last->last_path, decode_source_path(record.path.value_or("")));
        break;
      }
      case JournalKind::session_end:
        if (!last) {
          return corrupt("the drive journal ends a session that never began");
        }
        last->ended = true;
        break;
      case JournalKind::manifest:
        manifest_hash = record.manifest_hash.value_or("");
        break;
    }
    return ok();
  }
};

bool same_task(const JournalRecord& a, const JournalRecord& b) {
  const auto tie = [](const JournalRecord& r) {
    return std::tie(r.source, r.container, r.prefix, r.disposition, r.metadata_hash, r.properties_hash);
  };
  return tie(a) == tie(b);
}

/// Symlinks on a drive could lead writes elsewhere.
Result<> refuse_link(Disk& disk, const Path& path) {
  const auto status = disk.status(path);
  if (status && status.value().kind == FileKind::symlink) {
    return invalid("{} is a symbolic link", path.string());
  }
  return ok();
}

class Preparation {
 public:
  Preparation(Disk& disk, SourceTree& source, RandomSource& random, const PrepareTask& task,
              const PrepareEvents& events, const PrepareLimits& limits)
      : disk_(disk), source_(source), random_(random), task_(task), events_(events), limits_(limits) {}

  Result<PrepareResult> run() {
    TRY(check_task());
    TRY(open_journal());
    TRY(choose_drive_id());
    TRY(choose_session());
    if (!result_.was_complete) {
      TRY(begin_session());
      TRY(scan());
      TRY(copy());
      TRY(end_session());
    }
    TRY(write_manifest());
    return result_;
  }

 private:
  Result<> check_task() {
    TRY(const auto drive, disk_.status(task_.drive / "."));
    if (drive.kind != FileKind::directory) {
      return invalid("the drive {} is not a directory", task_.drive.string());
    }
    if (!task_.session.empty() && !is_session_name(task_.session)) {
      return invalid("\"{}\" is not a session name: 3 to 30 letters, digits, '-', '_' and '#'", task_.session);
    }
    if (!is_container_name(task_.container)) {
      return invalid("\"{}\" is not a container name", task_.container);
    }
    if (!task_.prefix.empty() && (!task_.prefix.ends_with('/') || task_.prefix.starts_with('/'))) {
      return invalid("the prefix \"{}\" must end in a slash and not begin with one", task_.prefix);
    }
    if (!task_.prefix.empty()) {
      TRY(parse_blob_path(task_.container + "/" + task_.prefix + "x"));
    }
    wanted_.kind = JournalKind::session;
    wanted_.source = encode_source_path(task_.source);
    wanted_.container = task_.container;
    wanted_.prefix = task_.prefix;
    wanted_.disposition = std::string(name(task_.disposition));
    TRY(metadata_, read_sidecar(task_.metadata_file, &read_metadata, wanted_.metadata_hash));
    TRY(properties_, read_sidecar(task_.properties_file, &read_properties, wanted_.properties_hash));
    return ok();
  }

  template <class Content>
  Result<Buffer> read_sidecar(const std::optional<Path>& path, Result<Content> (*parse)(Bytes),
                              std::optional<std::string>& hash) {
    if (!path) {
      return Buffer{};
    }
    TRY(auto bytes, read_file(disk_, *path, kLargestSidecar));
    TRY(parse(bytes));
    hash = hex_upper(md5(bytes));
    return bytes;
  }

  Result<> open_journal() {
    const auto own = task_.drive / kOwnDirectory;
    journal_path_ = task_.journal.empty() ? own / "journal" : task_.journal;
    TRY(refuse_link(disk_, own));
    TRY(disk_.make_directories(own));
    TRY(refuse_link(disk_, journal_path_));
    TRY(auto journal,
        DriveJournal::open(disk_, journal_path_, [this](const JournalRecord& record) { return state_.take(record); }));
    journal_.emplace(std::move(journal));
    return ok();
  }

  Result<> choose_drive_id() {
    TRY(refuse_link(disk_, task_.drive / "DriveId"));
    TRY(refuse_link(disk_, task_.drive / "DriveId.new"));
    auto id = state_.drive_id.empty() ? task_.drive_id : state_.drive_id;
    if (!task_.drive_id.empty() && !same_drive_id(id, task_.drive_id)) {
      return conflict("the drive is already {}", id);
    }
    if (id.empty()) {
      TRY(id, id_on_drive());
    }
    if (id.empty()) {
      Buffer random(6);
      random_.fill(random);
      id = "QM" + hex_upper(random);
    }
    TRY(write_drive_id(disk_, task_.drive, id));
    if (state_.drive_id.empty()) {
      JournalRecord record;
      record.kind = JournalKind::drive;
      record.drive_id = id;
      TRY(journal_->add(record));
      TRY(journal_->commit());
    }
    result_.entry.drive_id = id;
    return ok();
  }

  Result<std::string> id_on_drive() {
    TRY(const auto drive, DriveRoot::at(task_.drive));
    auto id = read_drive_id(*drive);
    if (!id && id.error().kind() == Errc::not_found) {
      return std::string();
    }
    return id;
  }

  Result<> choose_session() {
    const auto& last = state_.last;
    const bool same = last && same_task(last->begun, wanted_) &&
                      (task_.session.empty() || task_.session == last->begun.session.value_or(""));
    if (last && !last->ended && !same) {
      return conflict("session {} of this drive, from {}, is not finished: finish it with the same options first",
                      last->begun.session.value_or(""), last->begun.source.value_or(""));
    }
    if (same) {
      wanted_ = last->begun;
      result_.was_complete = last->ended;
      result_.resumed = !last->ended;
      result_.files = last->files;
      result_.bytes = last->bytes;
      after_ = last->last_path;
    } else {
      auto session = task_.session;
      for (auto number = state_.names.size() + 1;
           session.empty() || (task_.session.empty() && state_.names.contains(session)); ++number) {
        session = "session" + std::to_string(number);
      }
      if (state_.names.contains(session)) {
        return conflict("this drive already has a session {}", session);
      }
      wanted_.session = session;
    }
    result_.session = *wanted_.session;
    return ok();
  }

  Result<> begin_session() {
    const auto directory = task_.drive / result_.session;
    if (result_.resumed) {
      return disk_.make_directory(directory);
    }
    const auto there = disk_.status(directory);
    if (there) {
      return conflict("{} exists, but the journal has no such session", directory.string());
    }
    if (there.error().kind() != Errc::not_found) {
      return there.error();
    }
    TRY(put_sidecar(metadata_, ".metadata.xml", wanted_.metadata_path));
    TRY(put_sidecar(properties_, ".properties.xml", wanted_.properties_path));
    // The journal first: a directory that it does not list is not ours to write into.
    TRY(journal_->add(wanted_));
    TRY(journal_->commit());
    TRY(disk_.make_directory(directory));
    return disk_.sync_directory(task_.drive);
  }

  Result<> put_sidecar(const Buffer& bytes, std::string_view ending, std::optional<std::string>& path) {
    if (bytes.empty()) {
      return ok();
    }
    const auto name = result_.session + std::string(ending);
    TRY(refuse_link(disk_, task_.drive / (name + ".new")));
    TRY(replace_file(disk_, task_.drive / name, bytes));
    path = "\\" + name;
    return ok();
  }

  Result<> scan() {
    progress_.files_done = progress_.files_total = result_.files;
    progress_.bytes_done = progress_.bytes_total = result_.bytes;
    SourceWalk walk(
        source_,
        [this](const SourceFile& file) {
          ++progress_.files_total;
          progress_.bytes_total += file.size;
          return events_.progress(progress_);
        },
        [this](const std::string& path, std::string_view reason) {
          skip(path, reason);
          return ok();
        });
    return walk.run(after_);
  }

  Result<> copy() {
    progress_.phase = PreparePhase::copy;
    PrepareCopy::Events events;
    events.copied_bytes = [this](std::uint64_t bytes) {
      progress_.bytes_done += bytes;
      return events_.progress(progress_);
    };
    events.recorded_file = [this](std::uint64_t bytes) {
      ++result_.files;
      result_.bytes += bytes;
      progress_.files_done = result_.files;
    };
    events.skipped = [this](const std::string& path, std::string_view reason) { skip(path, reason); };
    PrepareCopy::Place place{task_.drive / result_.session, "\\" + result_.session + "\\",
                             task_.container + "/" + task_.prefix};
    return PrepareCopy(disk_, source_, *journal_, limits_, std::move(place), std::move(events)).run(after_);
  }

  void skip(const std::string& path, std::string_view reason) {
    ++result_.skipped;
    events_.skipped(path, reason);
  }

  Result<> end_session() {
    JournalRecord record;
    record.kind = JournalKind::session_end;
    record.files = result_.files;
    record.bytes = result_.bytes;
    TRY(journal_->add(record));
    return journal_->commit();
  }

  Result<> write_manifest() {
    const auto manifest = task_.drive / kManifestName;
    result_.entry.manifest_file = kDefaultManifest;
    result_.entry.manifest_hash = state_.manifest_hash;
    if (result_.was_complete && !state_.manifest_hash.empty() && disk_.status(manifest)) {
      return finish();
    }
    progress_.phase = PreparePhase::manifest;
    const auto partial = task_.drive / kOwnDirectory / "manifest.partial";
    TRY(refuse_link(disk_, partial));
    {
      TRY(const auto file, disk_.open(partial, OpenMode::create));
      TRY(file->truncate(0));
      TRY(write_manifest_to(*file));
      TRY(file->sync());
    }
    TRY(disk_.rename(partial, manifest));
    JournalRecord record;
    record.kind = JournalKind::manifest;
    record.manifest_hash = result_.entry.manifest_hash;
    TRY(journal_->add(record));
    TRY(journal_->commit());
    return finish();
  }

  Result<> write_manifest_to(File& file) {
    Hasher hasher(HashAlgorithm::md5);
    const auto into_file = write_to(file);
    ManifestHeader header;
    header.drive_id = result_.entry.drive_id;
    header.client_creator = "Quaymaster";
    ManifestWriter writer(
        [&](Bytes bytes) -> Result<> {
          hasher.update(bytes);
          return into_file(bytes);
        },
        header);
    Disposition disposition = Disposition::rename;
    BlobEntry entry;
    TRY(DriveJournal::read(disk_, journal_path_, [&](const JournalRecord& record) -> Result<> {
      if (record.kind == JournalKind::session) {
        TRY(disposition, parse_disposition(record.disposition.value_or("")));
        TRY(const auto defaults, defaults_of(record));
        return writer.start_list(defaults);
      }
      if (record.kind != JournalKind::file) {
        return ok();
      }
      entry.disposition = disposition;
      TRY(fill(entry, record));
      TRY(writer.add(entry));
      return events_.progress(progress_);
    }));
    TRY(writer.finish());
    result_.entry.manifest_hash = hex_upper(hasher.finish());
    return ok();
  }

  static Result<Disposition> parse_disposition(std::string_view text) {
    for (const auto disposition : {Disposition::rename, Disposition::no_overwrite, Disposition::overwrite}) {
      if (name(disposition) == text) {
        return disposition;
      }
    }
    return corrupt("the drive journal has an unknown disposition \"{}\"", text);
  }

  static Result<ListDefaults> defaults_of(const JournalRecord& session) {
    ListDefaults defaults;
    defaults.id = session.session.value_or("");
    if (session.metadata_path) {
      TRY(const auto hash, parse_hash(session.metadata_hash.value_or("")));
      defaults.metadata = {*session.metadata_path, hash};
    }
    if (session.properties_path) {
      TRY(const auto hash, parse_hash(session.properties_hash.value_or("")));
      defaults.properties = {*session.properties_path, hash};
    }
    return defaults;
  }

  static Result<> fill(BlobEntry& entry, const JournalRecord& record) {
    entry.blob_path = record.blob_path.value_or("");
    entry.file_path = record.file_path.value_or("");
    entry.length = record.length.value_or(0);
    const auto block = record.block_size.value_or(0);
    TRY(const auto md5s, decode_base64(record.md5s.value_or("")));
    if (block == 0 || md5s.size() != (entry.length + block - 1) / block * sizeof(Md5Digest)) {
      return corrupt("the drive journal has {} bytes of digests for {} bytes of {}", md5s.size(), entry.length,
                     entry.file_path);
    }
    entry.ranges.clear();
    for (std::uint64_t offset = 0; offset < entry.length; offset += block) {
      const auto md5 = Bytes(md5s).subspan(offset / block * sizeof(Md5Digest), sizeof(Md5Digest));
      const auto id = "MD5/" + base64(md5);
      entry.ranges.add({offset, std::min(block, entry.length - offset), HashAlgorithm::md5, md5, id});
    }
    return ok();
  }

  /// The fragment that other tools write next to their journals, and which they accept in place of a journal.
  Result<> finish() {
    TRY(const auto fragment, write_drive_fragment(result_.entry));
    return replace_file(disk_, task_.drive / kOwnDirectory / (result_.entry.drive_id + ".xml"), as_bytes(fragment));
  }

  Disk& disk_;
  SourceTree& source_;
  RandomSource& random_;
  const PrepareTask& task_;
  const PrepareEvents& events_;
  const PrepareLimits& limits_;
  Path journal_path_;
  std::optional<DriveJournal> journal_;
  JournalState state_;
  JournalRecord wanted_;
  Buffer metadata_;
  Buffer properties_;
  std::string after_;
  PrepareProgress progress_;
  PrepareResult result_;
};

}  // namespace

bool is_session_name(std::string_view text) {
  return text.size() >= 3 && text.size() <= 30 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '#';
         });
}

Result<PrepareResult> prepare_drive(Disk& disk, SourceTree& source, RandomSource& random, const PrepareTask& task,
                                    const PrepareEvents& events, const PrepareLimits& limits) {
  return Preparation(disk, source, random, task, events, limits).run();
}

}  // namespace quaymaster::drive
