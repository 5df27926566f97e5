#pragma once

#include "drive/import/importer.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

/// The copy phase of an import: everything from `progress.next_entry` to the end of the manifest. Four stages, each on
/// its own thread, so that the drive, the processor and our own disk work in parallel:
///   reader     manifest, files                → filled slots
///   hasher     up to eight slots at a time    → slots with verdicts       (both: ReadAhead)
///   writer     (the caller's thread) uploads  → batches of blobs
///   committer  flush, logs, records           → progress
///
/// Ok: every blob has been processed, or the drive is lost and `progress.status` says so. Errors as import_drive.
Result<> copy_blobs(const ImportServices& services, const ImportTask& task, const ImportLimits& limits,
                    DriveReader& drive, ImportHost& host, ImportProgress& progress);

}  // namespace quaymaster::drive
