#pragma once

#include <memory>
#include <optional>
#include <thread>

#include "drive/import/channel.h"
#include "drive/import/import_reader.h"
#include "drive/import/import_slot.h"

namespace quaymaster::drive {

/// Reads and hashes the files of a manifest ahead of their use, on two threads: one reads, one hashes what has been
/// read meanwhile, up to eight slots side by side. The number of slots bounds the memory; a stage without a free slot
/// waits. Call `next`, `give_back` and `finish` on one thread; `stop` on any.
class ReadAhead {
 public:
  ReadAhead(DriveReader& drive, ImportReader::Plan plan, std::size_t slots);
  ~ReadAhead();  // calls stop()

  /// The next slot in manifest order, with its hashes checked. nullopt: the end, or stopped.
  std::optional<Slot> next() { return checked_.pop(); }
  void give_back(Slot slot);
  void stop();
  /// Call after the last slot, or to stop earlier; returns how reading ended. Errors as ImportReader::run.
  Result<ImportReader::End> finish();

 private:
  void read();
  void hash();
  Result<> hash_all();

  DriveReader& drive_;
  const ImportReader::Plan plan_;
  Channel<Slot> free_;
  Channel<Slot> filled_;
  Channel<Slot> checked_;
  Result<ImportReader::End> end_ = ImportReader::End{};
  Result<> hashed_ = ok();
  std::thread reader_;
  std::thread hasher_;
};

}  // namespace quaymaster::drive
