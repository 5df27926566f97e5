#pragma once

#include <cstdint>
#include <string>

namespace quaymaster::vault::test {

/// One random step. What its numbers mean depends on the vault at that moment, so that any list of steps can be run:
/// that lets a failing list be made shorter.
struct Step {
  enum class Kind {
    backup,
    incremental,  // takes over a point by its extents, or chunk by chunk, and adds some
    begin,        // and the next four: of one of three backups that are in progress at the same time
    append,
    seal,
    commit,
    give_up,
    remove,
    collect,
    cancelled_collect,
    busy_collect,  // something else happens while it runs
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
    killed_after_record,  // the last change took place and was reported as failed
  };
  Kind kind = Kind::backup;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  Fault fault = Fault::none;
  int at = 0;  // at which operation the fault strikes
};

std::string text_of(const Step& step);

}  // namespace quaymaster::vault::test
