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

// Prepares a drive: copies a source tree onto it, hashing each byte once in the process, and writes the manifest for an
// import. Layout of the drive: doc/formats/drive-layout.md.

/// What to copy and where.
struct PrepareTask {
  Path drive;             // the drive, mounted
  std::string drive_id;   // empty: the drive's existing id, or a new one
  std::string session;    // empty: "session1" or the next number. 3 to 30 letters, digits, "-", "_" or "#"
  std::string source;     // the name of the source in the journal: its path
  std::string container;  // of the blobs
  std::string prefix;     // prefix of the files' paths: empty, or ending in "/"
  Disposition disposition = Disposition::rename;
  std::optional<Path> metadata_file;  // for all blobs of this session
  std::optional<Path> properties_file;
  Path journal;  // empty: .quaymaster/journal on the drive
};

enum class PreparePhase { scan, copy, manifest };
struct PrepareProgress {
  PreparePhase phase = PreparePhase::scan;
  std::uint64_t files_done = 0;
  std::uint64_t files_total = 0;  // of this session; grows during the scan
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

/// Callbacks during preparation. Both are called on the caller's thread.
struct PrepareEvents {
  /// Called often. An error stops the preparation; calling prepare again resumes it.
  std::function<Result<>(const PrepareProgress&)> progress;
  /// A file or directory that was not copied, and why: a symlink, a device, unreadable, a name too long.
  std::function<void(const std::string& path, std::string_view reason)> skipped;
};

struct PrepareResult {
  DriveListEntry entry;  // for the job's driveList
  std::string session;
  std::uint64_t files = 0;  // of the session, including earlier runs
  std::uint64_t bytes = 0;
  std::uint64_t skipped = 0;
  bool resumed = false;       // an earlier run had started the session
  bool was_complete = false;  // an earlier run had completed the session
};

/// Buffer and group sizes; tests use small ones.
struct PrepareLimits {
  std::size_t slots = 16;
  std::size_t slot_bytes = 4 * kMiB;
  std::uint64_t block_bytes = 4 * kMiB;  // of a blob; larger for files that would need more than 50,000 blocks
  std::size_t group_files = 4096;        // synced and recorded together
  std::uint64_t group_bytes = 512 * kMiB;
};

/// Runs or resumes one session: after a kill at any instant, calling it again with the same task continues after the
/// last file in its journal. A completed session is not repeated; a new one needs another name or another task. The
/// manifest is rewritten at the end of each session and covers all sessions of the drive.
///
/// Ok: files, journal, manifest and \DriveId are on stable storage.
///   Errc::invalid      an invalid task: session, container, prefix, drive id, metadata or properties file
///   Errc::conflict     the drive has another id; an unfinished session of another task; a directory of the session's
///                      name that is not in the journal; nothing was changed
///   Errc::corrupt      the journal is damaged
///   Errc::no_space     the drive is full; recorded files are kept, and the session can be resumed
///   Errc::io, forbidden, not_found of the drive. A source file that fails is skipped and reported.
Result<PrepareResult> prepare_drive(Disk& disk, SourceTree& source, RandomSource& random, const PrepareTask& task,
                                    const PrepareEvents& events, const PrepareLimits& limits = {});

/// Whether this is a valid session name.
bool is_session_name(std::string_view text);

}  // namespace quaymaster::drive
