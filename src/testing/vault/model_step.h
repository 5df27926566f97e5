#pragma once

#include <cstdint>
#include <string>

namespace quaymaster::vault::test {

/// One random step. The meaning of its numbers depends on the vault at that moment, so that any list of steps can be
/// run: that allows failing lists to be shortened.
struct Step {
  enum class Kind {
    backup,
    incremental,  // reuses a point by its extents, or chunk by chunk, and adds some
    begin,        // this and the next four: one of three concurrent backups
    append,
    seal,
    commit,
    abandon,
    remove,
    collect,
    cancelled_collect,
    busy_collect,  // another operation runs concurrently
    check,
    damage_pack,
    damage_run,
    hide_pack,
    damage_point,
    mend,
    fill_disk,
    make_room,
    restart,
    kill,
  };
  enum class Fault {
    none,
    disk_fails_once,
    disk_is_full_once,
    record_fails_once,
    killed_at_disk,
    killed_at_record,
    killed_after_record,  // the last change took effect but was reported as failed
  };
  Kind kind = Kind::backup;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  Fault fault = Fault::none;
  int at = 0;  // the operation at which the fault occurs
};

std::string text_of(const Step& step);

}  // namespace quaymaster::vault::test
