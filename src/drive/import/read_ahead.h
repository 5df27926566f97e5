#pragma once

#include <memory>
#include <optional>
#include <thread>

#include "drive/import/channel.h"
#include "drive/import/import_reader.h"
#include "drive/import/import_slot.h"

namespace quaymaster::drive {

/// Reads and hashes the files of a manifest ahead of whoever uses them, on two threads: one reads, one hashes what has
/// been read meanwhile, up to eight slots side by side. Slots are the memory: there are `slots` of them, and a stage
/// that has none waits. `next`, `give_back` and `finish` are for one thread; `stop` for any.
class ReadAhead {
 public:
  ReadAhead(DriveReader& drive, ImportReader::Plan plan, std::size_t slots);
  ~ReadAhead();  // stops

  /// The next slot in manifest order, with its hashes checked. None: the end, or stopped.
  std::optional<Slot> next() { return checked_.pop(); }
  void give_back(Slot slot);
  void stop();
  /// After the last slot, or to stop earlier: how reading ended. Errors as ImportReader::run.
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
