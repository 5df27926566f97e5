#pragma once

#include <memory>

#include "base/files/disk.h"
#include "workload/source.h"
#include "workload/target.h"
#include "workload/tree.h"

namespace quaymaster::workload {

// Disk images: the vault's view of a virtual machine's disk. Format: doc/formats/disk-root.md.

enum class ImageFormat { raw, qcow2 };

/// Identifies the state of an image file: an equal stamp of the same path later means that the file was not written.
struct ImageStamp {
  std::uint64_t inode = 0;
  FileTime modified;
  FileTime changed;
  auto operator<=>(const ImageStamp&) const = default;
};

/// The contents of a disk, readable at any offset by many threads.
class DiskImage {
 public:
  virtual ~DiskImage() = default;
  virtual std::uint64_t size() const = 0;
  virtual ImageFormat format() const { return ImageFormat::raw; }
  /// Fills `into` from `offset`; the range must be inside the disk. Errc::io, Errc::corrupt (a damaged qcow2).
  virtual Result<> read(std::uint64_t offset, MutableBytes into) = 0;
  /// The first offset at or after `offset` that may be nonzero; size() when there is none.
  virtual Result<std::uint64_t> next_data(std::uint64_t offset) = 0;
  /// The first offset at or after `offset` that is known to be zero and need not be read; size() when there is none.
  virtual Result<std::uint64_t> next_hole(std::uint64_t offset) = 0;
  /// Whether it was written to since it was opened.
  virtual Result<bool> changed() = 0;
  /// The stamp as of opening; nullopt when the file had changed so recently that a further change might not show.
  virtual std::optional<ImageStamp> stamp() const { return {}; }
};

/// Opens an image file read-only, as a snapshot (FICLONE) where the file system supports it, else in place. A final
/// symlink is refused. `format` absent: detected by the file's magic. Errc::unsupported: qcow2 with a backing file,
/// encryption, an external data file or newer features; no other file is ever opened. Errc::corrupt: a damaged qcow2.
/// Errc::not_found, Errc::forbidden. `clock`: the one that sets the file's times, null: the system's.
Result<std::unique_ptr<DiskImage>> open_image(const Path& path, std::optional<ImageFormat> format = {},
                                              Clock* clock = nullptr);

struct DiskOptions {
  std::size_t threads = 0;  // 0: one per core, at most eight
  Clock* clock = nullptr;   // see open_image
};

/// Captures the image file `path`. The file is opened by capture(), so it need not exist before. It is not read when
/// its stamp equals that of the previous point.
std::unique_ptr<Source> disk_source(Path path, std::optional<ImageFormat> format = {}, DiskOptions options = {});
/// Captures an image opened by the caller, which must outlive the source.
std::unique_ptr<Source> disk_source(DiskImage& image, DiskOptions options = {});

struct DiskRestoreOptions {
  ImageFormat format = ImageFormat::raw;  // of the file to write
  bool replace = false;                   // false: Errc::conflict when `path` exists
  std::size_t threads = 0;
  Sync* sync = nullptr;  // null: the system's
};

/// Restores to the image file `path`, with zeros as holes. Written under a temporary name in the same directory and
/// renamed once its bytes are durable: after a crash `path` is unchanged or complete, and a repeat writes it again. A
/// final symlink is replaced, not followed.
std::unique_ptr<Target> disk_target(Path path, DiskRestoreOptions options = {});

/// Read access to a captured disk. Thread-safe.
class DiskView {
 public:
  /// Errc::invalid: another workload's root. Errc::corrupt. Errc::unsupported: a newer version.
  static Result<std::unique_ptr<DiskView>> open(Bytes root, vault::OpenStream open);
  virtual ~DiskView() = default;
  virtual std::uint64_t size() const = 0;
  virtual ImageFormat format() const = 0;  // of the captured file
  /// Fills `into` from `offset`, fewer bytes only at the end.
  virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes into) const = 0;
};

}  // namespace quaymaster::workload
