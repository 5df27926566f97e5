#include "standin/drive_faults.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/encode.h"
#include "drive/manifest/drive_id.h"

namespace quaymaster::standin {
namespace {

constexpr std::uint64_t kBlock = 4 * kMiB;

/// Manifests, ids and property files: they describe the drive's contents and do not count as part of them.
bool is_description(std::string_view path) {
  return to_lower(path).ends_with(".xml");
}

std::uint64_t bytes_of(const Path& directory) {
  namespace fs = std::filesystem;
  std::uint64_t bytes = 0;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(directory, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    std::error_code one;
    if (fs::is_regular_file(it->symlink_status(one)) && !is_description(it->path().native())) {
      bytes += it->file_size(one);
    }
  }
  return bytes;
}

/// The reads of one import from a drive, in the order in which they happen.
class Course {
 public:
  Course(std::vector<DriveMatch> orders, std::uint64_t total) : orders_(std::move(orders)), total_(total) {}

  /// Offset of a file's bytes among all bytes read: after those of the files opened before it.
  std::uint64_t place(std::string_view path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = places_.try_emplace(std::string(path), end_);
    end_ += is_new ? size : 0;
    return entry->second;
  }
  bool is_unplugged() const {
    const auto read = static_cast<double>(read_.load());
    return std::ranges::any_of(orders_, [&](const DriveMatch& order) {
      return order.unplug_at && read * 100 >= *order.unplug_at * static_cast<double>(total_);
    });
  }
  /// `bytes` were read; they start at `at`.
  Result<> spoil(MutableBytes bytes, std::uint64_t at) {
    for (const auto& order : orders_) {
      const auto begin = std::max(static_cast<std::uint64_t>(order.block.value_or(0)) * kBlock, at);
      const auto end = std::min((static_cast<std::uint64_t>(order.block.value_or(0)) + 1) * kBlock, at + bytes.size());
      if (!order.block || begin >= end) {
        continue;
      }
      if (order.unreadable) {
        return io("block {} is unreadable, as ordered", *order.block);
      }
      bytes[begin - at] ^= 1;
    }
    read_ += bytes.size();
    return ok();
  }

 private:
  const std::vector<DriveMatch> orders_;
  const std::uint64_t total_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> places_;
  std::uint64_t end_ = 0;
  std::atomic<std::uint64_t> read_{0};
};

class FaultyFile final : public drive::DriveFile {
 public:
  FaultyFile(std::unique_ptr<DriveFile> file, Course& course, std::uint64_t place)
      : file_(std::move(file)), course_(course), place_(place) {}
  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
    if (course_.is_unplugged()) {
      return io("unplugged, as ordered");
    }
    TRY(const auto count, file_->read_at(into, offset));
    TRY(course_.spoil(into.first(count), place_ + offset));
    return count;
  }
  std::uint64_t size() const override { return file_->size(); }

 private:
  const std::unique_ptr<DriveFile> file_;
  Course& course_;
  const std::uint64_t place_;
};

class FaultyDrive final : public drive::DriveReader {
 public:
  FaultyDrive(std::unique_ptr<DriveReader> real, std::vector<DriveMatch> orders, std::uint64_t total)
      : real_(std::move(real)), course_(std::move(orders), total) {}
  Result<std::unique_ptr<drive::DriveFile>> open(std::string_view path) override {
    if (course_.is_unplugged()) {
      return not_found("unplugged, as ordered");
    }
    TRY(auto file, real_->open(path));
    if (is_description(path)) {
      return file;
    }
    const auto place = course_.place(path, file->size());
    return std::unique_ptr<drive::DriveFile>(std::make_unique<FaultyFile>(std::move(file), course_, place));
  }
  Result<> check_present() override {
    return course_.is_unplugged() ? Result<>(not_found("unplugged, as ordered")) : real_->check_present();
  }

 private:
  const std::unique_ptr<DriveReader> real_;
  Course course_;
};

}  // namespace

std::unique_ptr<drive::DriveReader> faulty_drive(Faults& faults, std::unique_ptr<drive::DriveRoot> drive) {
  const auto id = drive::read_drive_id(*drive);
  auto orders = id ? faults.meet_drive(id.value()) : std::vector<DriveMatch>{};
  if (orders.empty()) {
    return drive;
  }
  const auto total = bytes_of(drive->directory());
  return std::make_unique<FaultyDrive>(std::move(drive), std::move(orders), total);
}

}  // namespace quaymaster::standin
