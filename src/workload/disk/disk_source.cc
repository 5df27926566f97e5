#include <algorithm>
#include <atomic>

#include "workload/disk/disk_root.h"
#include "workload/files/file_reader.h"

namespace quaymaster::workload {
namespace {

constexpr std::uint64_t kRange = 64 * kMiB;    // how much one thread reads at a time
constexpr std::size_t kReadStep = 2 * kBlock;  // fits into a core's cache together with its results

struct Range {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

/// One capture of one image.
class DiskCapture {
 public:
  DiskCapture(vault::Session& session, DiskImage& image, std::size_t threads, const Heartbeat& heartbeat)
      : session_(session),
        image_(image),
        meter_(heartbeat),
        workers_(threads),
        pool_(session, vault::Cut::aligned, kReadStep),
        map_(session.stream(vault::Cut::aligned)) {}

  Result<Capture> run() {
    const auto size = image_.size();
    meter_.expect(size, 1);
    std::uint64_t next = 0;
    OrderedLine<Range, Buffer> line(
        4 * workers_.threads(),
        [&](Range& range) -> Result<bool> {
          range = {next, std::min(size, next + kRange)};
          next = range.to;
          return range.from < range.to;
        },
        [this](Range& range) { return read(range); }, [this](Buffer& ids) { return map_->append(ids); });
    TRY(line.run(workers_));

    DiskRoot root;
    root.size = size;
    root.format = image_.format();
    TRY(const auto extents, map_->finish());
    PartGatherer gatherer(session_);
    TRY(gatherer.append(extents));
    TRY(root.map, gatherer.finish());
    TRY(root.changed_meanwhile, image_.changed());
    if (!root.changed_meanwhile) {
      root.stamp = image_.stamp();
    }
    TRY(meter_.advance(0, 1));
    TRY(meter_.finish());

    Capture capture;
    capture.root = write_disk_root(root);
    capture.items = 1;
    capture.bytes = size;
    capture.changed_meanwhile = root.changed_meanwhile;
    if (capture.changed_meanwhile) {
      capture.warnings.push_back({"", Errc::busy, "the image was written to while it was read"});
      capture.warning_count = 1;
    }
    return capture;
  }

 private:
  Result<Buffer> read(const Range& range) {
    const BorrowedReader reader(pool_);
    auto& writer = *reader->writer;
    for (auto at = range.from; at < range.to;) {
      // Blocks with any data are read whole, since they are stored whole.
      TRY(const auto data, image_.next_data(at));
      const auto data_at = std::min(range.to, data / kBlock * kBlock);
      if (data_at > at) {
        TRY(writer.append_zeros(data_at - at));
        TRY(meter_.advance(data_at - at, 0));
        at = data_at;
        continue;
      }
      TRY(const auto hole, image_.next_hole(std::max(data, at)));
      const auto end = std::min(range.to, (std::max(at + 1, hole) + kBlock - 1) / kBlock * kBlock);
      while (at < end) {
        const auto bytes = MutableBytes(reader->buffer).first(std::min<std::uint64_t>(end - at, kReadStep));
        TRY(image_.read(at, bytes));
        TRY(writer.append(bytes));
        TRY(meter_.advance(bytes.size(), 0));
        at += bytes.size();
      }
    }
    TRY(const auto extents, writer.finish());
    Buffer ids;
    TRY(append_ids(ids, extents));
    return ids;
  }

  vault::Session& session_;
  DiskImage& image_;
  Meter meter_;
  WorkerPool workers_;
  ReaderPool pool_;
  std::unique_ptr<vault::StreamWriter> map_;
};

/// Reuses the previous capture if the image was not written since and the vault still has every block.
Result<std::optional<Capture>> take_over(vault::Session& session, const DiskImage& image, const Previous& previous,
                                         const Heartbeat& heartbeat) {
  const auto known = read_disk_root(previous.root);
  if (!known || !known.value().stamp || known.value().stamp != image.stamp() || known.value().size != image.size() ||
      known.value().format != image.format()) {
    return std::nullopt;
  }
  bool all_known = true;
  const auto visited = trace()(previous.root, previous.open, [&](const vault::StreamPart& extent) -> Result<> {
    if (!all_known) {
      return ok();
    }
    TRY(all_known, session.reuse({&extent, 1}));
    return ok();
  });
  if (!visited && visited.error().kind() != Errc::corrupt && visited.error().kind() != Errc::not_found) {
    return visited.error();
  }
  if (!visited || !all_known) {
    return std::nullopt;
  }
  Meter meter(heartbeat);
  meter.expect(image.size(), 1);
  TRY(meter.advance(image.size(), 1));
  TRY(meter.finish());
  Capture capture;
  capture.root = previous.root;
  capture.items = capture.items_unchanged = 1;
  capture.bytes = capture.bytes_unchanged = image.size();
  return capture;
}

class DiskSource final : public Source {
 public:
  DiskSource(Path path, std::optional<ImageFormat> format, DiskOptions options)
      : path_(std::move(path)), format_(format), options_(options) {}
  DiskSource(DiskImage& image, DiskOptions options) : image_(&image), options_(options) {}

  Result<Capture> capture(vault::Session& session, const std::optional<Previous>& previous,
                          const Heartbeat& heartbeat) override {
    std::unique_ptr<DiskImage> opened;
    if (image_ == nullptr) {
      TRY(opened, open_image(path_, format_, options_.clock));
    }
    auto& image = opened ? *opened : *image_;
    if (previous) {
      TRY(auto same, take_over(session, image, *previous, heartbeat));
      if (same) {
        return std::move(*same);
      }
    }
    // Blocks that the vault has are found by their ids; holes are not read at all.
    return DiskCapture(session, image, options_.threads, heartbeat).run();
  }

 private:
  const Path path_;
  const std::optional<ImageFormat> format_;
  DiskImage* const image_ = nullptr;
  const DiskOptions options_;
};

}  // namespace

std::unique_ptr<Source> disk_source(Path path, std::optional<ImageFormat> format, DiskOptions options) {
  return std::make_unique<DiskSource>(std::move(path), format, options);
}

std::unique_ptr<Source> disk_source(DiskImage& image, DiskOptions options) {
  return std::make_unique<DiskSource>(image, options);
}

}  // namespace quaymaster::workload
