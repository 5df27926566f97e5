#pragma once

#include "drive/import/importer.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

/// The copy phase of an import: everything from `progress.next_entry` to the end of the manifest. Four stages, each on
/// a thread of its own, so that drive, processor and our own disk work at the same time:
///   reader     manifest, files                → filled slots
///   hasher     up to eight slots at a time    → slots with verdicts       (both: ReadAhead)
///   writer     (the caller's thread) uploads  → batches of blobs
///   committer  flush, logs, records           → progress
///
/// Ok: every blob is through, or the drive is lost: then `progress.status` says so. Errors as import_drive.
Result<> copy_blobs(const ImportServices& services, const ImportTask& task, const ImportLimits& limits,
                    DriveReader& drive, ImportHost& host, ImportProgress& progress);

}  // namespace quaymaster::drive
