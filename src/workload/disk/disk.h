#pragma once

#include <memory>

#include "base/files/disk.h"
#include "workload/source.h"
#include "workload/target.h"
#include "workload/tree.h"

namespace quaymaster::workload {

// Disk images: what a virtual machine's disk is to the vault. Bytes: doc/formats/disk-root.md.

enum class ImageFormat { raw, qcow2 };

/// What tells that nobody wrote to an image file: an equal one, later, of the same path.
struct ImageStamp {
  std::uint64_t inode = 0;
  FileTime modified;
  FileTime changed;
  auto operator<=>(const ImageStamp&) const = default;
};

/// Something with the bytes of a disk, to be read at any offset by many threads.
class DiskImage {
 public:
  virtual ~DiskImage() = default;
  virtual std::uint64_t size() const = 0;
  virtual ImageFormat format() const { return ImageFormat::raw; }
  /// Fills `into` from `offset`; the range lies inside the disk. Errc::io, Errc::corrupt (a damaged qcow2).
  virtual Result<> read(std::uint64_t offset, MutableBytes into) = 0;
  /// The first offset from `offset` on that may hold something else than zeros; size() when none does.
  virtual Result<std::uint64_t> next_data(std::uint64_t offset) = 0;
  /// The first offset from `offset` on that is known to be zero and need not be read; size() when none is.
  virtual Result<std::uint64_t> next_hole(std::uint64_t offset) = 0;
  /// Whether somebody wrote to it since it was opened.
  virtual Result<bool> changed() = 0;
  /// As it was opened; none when it had changed so shortly before that a further change might leave no trace.
  virtual std::optional<ImageStamp> stamp() const { return {}; }
};

/// Opens an image file, read-only, as a frozen copy (FICLONE) where the file system can do that, else in place. A final
/// symlink is refused. `format` absent: by the file's magic. Errc::unsupported: qcow2 with a backing file, encryption,
/// an external data file or features newer than ours; no other file is ever opened. Errc::corrupt: not a sound qcow2.
/// Errc::not_found, Errc::forbidden. `clock`: the one that stamps the file, null: the system's.
Result<std::unique_ptr<DiskImage>> open_image(const Path& path, std::optional<ImageFormat> format = {},
                                              Clock* clock = nullptr);

struct DiskOptions {
  std::size_t threads = 0;  // 0: one a core, at most eight
  Clock* clock = nullptr;   // as for open_image
};

/// Captures the image file `path`. The image is opened by capture, so that it may come and go meanwhile. One whose
/// stamp is that of the previous point is not read again.
std::unique_ptr<Source> disk_source(Path path, std::optional<ImageFormat> format = {}, DiskOptions options = {});
/// Captures an image that somebody else holds open; it must outlive the source.
std::unique_ptr<Source> disk_source(DiskImage& image, DiskOptions options = {});

struct DiskRestoreOptions {
  ImageFormat format = ImageFormat::raw;  // of the file to write
  bool replace = false;                   // false: Errc::conflict when `path` exists
  std::size_t threads = 0;
  Sync* sync = nullptr;  // null: the system's
};

/// Restores to the image file `path`, zeros as holes. Written under a name of its own beside it and renamed once its
/// bytes are durable: after a crash `path` is what it was or whole, and a repeat writes it again. A final symlink is
/// replaced, not followed.
std::unique_ptr<Target> disk_target(Path path, DiskRestoreOptions options = {});

/// Looks into a captured disk. Thread-safe.
class DiskView {
 public:
  /// Errc::invalid: another workload's root. Errc::corrupt. Errc::unsupported: of a newer version.
  static Result<std::unique_ptr<DiskView>> open(Bytes root, vault::OpenStream open);
  virtual ~DiskView() = default;
  virtual std::uint64_t size() const = 0;
  virtual ImageFormat format() const = 0;  // the file's when it was captured
  /// Fills `into` from `offset`, fewer bytes only at the end.
  virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes into) const = 0;
};

}  // namespace quaymaster::workload
