#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "store/database.h"
#include "wire/field.h"

namespace quaymaster::server {

/// The description of a saved state: state.json. Format: doc/formats/state.md.
struct SavedState {
  struct Tables {
    std::string owner;
    std::int64_t version = 0;
    static constexpr auto wire() {
      return wire::fields({wire::field<&Tables::owner>("owner"), wire::field<&Tables::version>("version")});
    }
  };
  std::string name;
  std::int64_t format = 0;
  Time saved;             // by the clock of the server that saved it
  std::string client_id;  // of its administrator
  std::uint64_t bytes = 0;
  std::vector<Tables> tables;

  static constexpr auto wire() {
    using wire::field;
    using S = SavedState;
    return wire::fields({field<&S::name>("name"), field<&S::format>("format"), field<&S::saved>("saved"),
                         field<&S::client_id>("clientId"), field<&S::bytes>("bytes"), field<&S::tables>("tables")});
  }
};

/// Named copies of a data directory's contents: records, objects and the keys that seal some of them. Nothing here may
/// be open while it is copied: the caller ensures that. Not thread-safe.
class StateFiles {
 public:
  static constexpr std::int64_t kFormat = 1;

  /// `data`: the data directory. `states`: where states are stored, created when needed. `disk` outlives this.
  StateFiles(Disk& disk, Path data, Path states, const std::vector<store::Schema>& schemas);

  /// Finishes or undoes a load that was interrupted by a crash. Called before anything is opened.
  Result<> recover();

  /// Sorted by name. A directory that holds no readable state is left out.
  Result<std::vector<SavedState>> list();
  /// Copies the data directory under a name; replaces the state of that name once the copy is complete. Errc::invalid:
  /// the name. Errc::no_space, Errc::io.
  Result<SavedState> save(std::string_view name, std::string client_id, Time now);
  /// The first half of a load: checks the state and copies it next to the data directory's own files, which may be
  /// open. Errc::not_found. Errc::invalid: the name. Errc::unsupported: saved in another format, or by a server with
  /// newer tables. Errc::conflict: saved by a server with other credentials than `client_id`. Errc::corrupt.
  Result<SavedState> fetch(std::string_view name, std::string_view client_id);
  /// The second half: replaces the current contents, which are set aside, with the fetched ones.
  Result<> swap_in();
  /// Replaces them with nothing: the data directory is as before its first start.
  Result<> clear();
  /// Puts back what swap_in or clear set aside; does nothing when nothing was.
  Result<> undo();
  /// Deletes what was set aside.
  void settle();
  /// Errc::not_found, Errc::invalid: the name.
  Result<> remove(std::string_view name);

 private:
  Result<Path> place_of(std::string_view name) const;
  Result<SavedState> read(std::string_view name);
  Result<> set_aside();
  Result<> take_over();
  Result<> put_back();
  Result<> discard(const Path& path);

  Disk& disk_;
  const Path data_;
  const Path states_;
  std::vector<SavedState::Tables> tables_;
  std::uint64_t discarded_ = 0;
  std::jthread remover_;
};

/// 1 to 64 letters, digits, ".", "_" and "-", not beginning with ".": a name that is one harmless path segment
/// everywhere.
bool is_state_name(std::string_view name);
Error bad_state_name();

}  // namespace quaymaster::server
