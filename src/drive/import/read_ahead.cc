#include "drive/import/read_ahead.h"

#include "base/caught.h"

namespace quaymaster::drive {
namespace {

constexpr std::size_t kSlotsHashedAtOnce = 8;

}  // namespace

ReadAhead::ReadAhead(DriveReader& drive, ImportReader::Plan plan, std::size_t slots)
    : drive_(drive), plan_(std::move(plan)), free_(slots), filled_(slots), checked_(slots) {
  for (std::size_t i = 0; i < slots; ++i) {
    free_.push(Slot{});
  }
  reader_ = std::thread([this] { read(); });
  hasher_ = std::thread([this] { hash(); });
}

ReadAhead::~ReadAhead() {
  stop();
  if (reader_.joinable()) {
    reader_.join();
  }
  if (hasher_.joinable()) {
    hasher_.join();
  }
}

void ReadAhead::give_back(Slot slot) {
  slot.pieces.clear();
  slot.used = 0;
  slot.ranges = 0;
  free_.push(std::move(slot));
}

void ReadAhead::stop() {
  free_.abandon();
  filled_.abandon();
  checked_.abandon();
}

Result<ImportReader::End> ReadAhead::finish() {
  stop();
  reader_.join();
  hasher_.join();
  if (!hashed_) {
    return hashed_.error();
  }
  return end_;
}

void ReadAhead::read() {
  ImportReader reader(
      drive_, plan_, [this] { return free_.pop(); }, [this](Slot slot) { return filled_.push(std::move(slot)); });
  end_ = caught([&] { return reader.run(); });
  filled_.end();
}

void ReadAhead::hash() {
  hashed_ = caught([this] { return hash_all(); });
  checked_.end();
}

Result<> ReadAhead::hash_all() {
  for (auto slots = filled_.pop(kSlotsHashedAtOnce); !slots.empty(); slots = filled_.pop(kSlotsHashedAtOnce)) {
    check_hashes(slots);
    for (auto& slot : slots) {
      if (!checked_.push(std::move(slot))) {
        return ok();
      }
    }
  }
  return ok();
}

}  // namespace quaymaster::drive
