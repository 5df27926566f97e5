#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/guid.h"
#include "base/result.h"
#include "drive/format/manifest.h"
#include "drive/manifest/drive_list.h"
#include "drive/prepare/source_tree.h"

namespace quaymaster::drive {

// Prepares a drive: copies a source tree onto it, hashing each byte once on its way, and writes the manifest that an
// import follows. Layout of the drive: doc/formats/drive-layout.md.

/// What to put where.
struct PrepareTask {
  Path drive;             // the drive, mounted
  std::string drive_id;   // empty: the one that the drive has, or a new one
  std::string session;    // empty: "session1" or the next number. 3 to 30 letters, digits, "-", "_" or "#"
  std::string source;     // what the source is called in the journal: its path
  std::string container;  // of the blobs
  std::string prefix;     // in front of the files' paths: empty, or ending in "/"
  Disposition disposition = Disposition::rename;
  std::optional<Path> metadata_file;  // for all blobs of this session
  std::optional<Path> properties_file;
  Path journal;  // empty: .quaymaster/journal on the drive
};

enum class PreparePhase { scan, copy, manifest };
struct PrepareProgress {
  PreparePhase phase = PreparePhase::scan;
  std::uint64_t files_done = 0;
  std::uint64_t files_total = 0;  // of this session; growing while it scans
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

/// What the caller hears meanwhile. Both are called on the caller's thread.
struct PrepareEvents {
  /// Often. An error stops the preparation, which goes on where it was when it is called again.
  std::function<Result<>(const PrepareProgress&)> progress;
  /// A file or directory that is not on the drive, and why: a link, a device, unreadable, a name too long.
  std::function<void(const std::string& path, std::string_view reason)> skipped;
};

struct PrepareResult {
  DriveListEntry entry;  // for the job's driveList
  std::string session;
  std::uint64_t files = 0;  // of the session, earlier runs counted
  std::uint64_t bytes = 0;
  std::uint64_t skipped = 0;
  bool resumed = false;       // an earlier run had begun the session
  bool was_complete = false;  // an earlier run had done everything
};

/// Buffers and groups; tests make them small.
struct PrepareLimits {
  std::size_t slots = 16;
  std::size_t slot_bytes = 4 * kMiB;
  std::uint64_t block_bytes = 4 * kMiB;  // of a blob; grows with files that would need more than 50,000
  std::size_t group_files = 4096;        // synced and recorded together
  std::uint64_t group_bytes = 512 * kMiB;
};

/// Runs one session, or goes on with it: killed at any instant it continues, when called again with the same task,
/// behind the last file that its journal holds. A session that is through is not repeated; a new one needs another name
/// or another task. The manifest is written anew at the end of each, over all sessions of the drive.
///
/// Ok: files, journal, manifest and \DriveId are on stable storage.
///   Errc::invalid      a task that makes no sense: session, container, prefix, drive id, metadata or properties file
///   Errc::conflict     the drive has another id; an unfinished session of another task; a directory of the session's
///                      name that the journal does not know; nothing was changed
///   Errc::corrupt      the journal is damaged
///   Errc::no_space     the drive is full; what is recorded stays and is gone on from
///   Errc::io, forbidden, not_found of the drive. A source file that fails is skipped and told.
Result<PrepareResult> prepare_drive(Disk& disk, SourceTree& source, RandomSource& random, const PrepareTask& task,
                                    const PrepareEvents& events, const PrepareLimits& limits = {});

/// Whether a session may have that name.
bool is_session_name(std::string_view text);

}  // namespace quaymaster::drive
