#include "standin/places/state_files.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "base/caught.h"
#include "base/log.h"
#include "wire/json.h"

namespace quaymaster::server {
namespace {

namespace fs = std::filesystem;

// Everything in a data directory that belongs to a state. Certificates, credentials, addresses and the dock belong to
// the server's installation and stay. The database's log is next to the records when the last process was killed.
constexpr std::array<std::string_view, 7> kParts{"records.db", "records.db-wal", "records.db-shm", "objects",
                                                 "spool",      "vault.key",      "drive.key"};
constexpr const char* kDescription = "state.json";
// Next to the data directory's own files. `incoming` is complete as soon as it has this name.
constexpr const char* kCopying = "state.copying";
constexpr const char* kIncoming = "state.incoming";
constexpr const char* kOutgoing = "state.outgoing";
constexpr const char* kDiscarded = ".discarded";

Error failed(const std::error_code& error, std::string_view what, const Path& path) {
  return system_error(error.value(), fmt::format("{} {}", what, path.native()));
}

Result<> remove_tree(const Path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? Result<>(failed(error, "remove", path)) : ok();
}

Result<> move_to(const Path& from, const Path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  return error ? Result<>(failed(error, "rename", from)) : ok();
}

/// Shares the blocks where the file system can, otherwise copies.
Result<std::uint64_t> clone_file(const Path& from, const Path& to) {
  std::error_code error;
  const auto size = fs::file_size(from, error);
  if (error) {
    return failed(error, "look at", from);
  }
  SystemDisk disk;
  {
    TRY(const auto source, disk.open(from, OpenMode::read));
    TRY(const auto target, disk.open(to, OpenMode::create_new));
    if (::ioctl(target->descriptor(), FICLONE, source->descriptor()) == 0) {
      return size;
    }
  }
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  return error ? Result<std::uint64_t>(failed(error, "copy", from)) : size;
}

/// Objects of vaults are complete once they are closed and are never opened for writing again, so two names may share
/// one file. Extents of blobs are appended to: both servers would write after the same end.
bool can_share(const Path& directory) {
  return directory.filename() == "vaults" && directory.parent_path().filename() == "objects";
}

Result<std::uint64_t> copy_tree(const Path& from, const Path& to, bool share = false) {
  std::error_code error;
  share = share || can_share(from);
  const auto kind = fs::symlink_status(from, error).type();
  if (kind == fs::file_type::not_found) {
    return std::uint64_t{0};
  }
  if (kind == fs::file_type::regular) {
    if (share && ::link(from.c_str(), to.c_str()) == 0) {
      return fs::file_size(to, error);
    }
    return clone_file(from, to);
  }
  fs::create_directory(to, error);
  if (error) {
    return failed(error, "make", to);
  }
  std::uint64_t bytes = 0;
  for (auto it = fs::directory_iterator(from, error); !error && it != fs::directory_iterator(); it.increment(error)) {
    TRY(const auto more, copy_tree(it->path(), to / it->path().filename(), share));
    bytes += more;
  }
  return error ? Result<std::uint64_t>(failed(error, "list", from)) : bytes;
}

/// Every existing part.
Result<std::uint64_t> copy_parts(const Path& from, const Path& to) {
  std::uint64_t bytes = 0;
  for (const auto part : kParts) {
    TRY(const auto more, copy_tree(from / part, to / part));
    bytes += more;
  }
  return bytes;
}

Result<> fresh_directory(Disk& disk, const Path& path) {
  TRY(remove_tree(path));
  return disk.make_directories(path);
}

}  // namespace

bool is_state_name(std::string_view name) {
  constexpr std::string_view kOthers = "._-";
  return !name.empty() && name.size() <= 64 && name.front() != '.' && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

Error bad_state_name() {
  return invalid("a state's name has 1 to 64 letters, digits, '.', '_' and '-', and no '.' in front");
}

StateFiles::StateFiles(Disk& disk, Path data, Path states, const std::vector<store::Schema>& schemas)
    : disk_(disk), data_(std::move(data)), states_(std::move(states)) {
  for (const auto& schema : schemas) {
    tables_.push_back({std::string(schema.owner), static_cast<std::int64_t>(schema.steps.size())});
  }
}

/// Finishes or undoes what a killed process had begun. Records move first when states are exchanged, and last when they
/// are put back, so their place shows how far it got.
Result<> StateFiles::recover() {
  TRY(remove_tree(data_ / kCopying));
  TRY(remove_tree(data_ / kDiscarded));
  TRY(remove_tree(states_ / kDiscarded));
  std::error_code error;
  const bool has_incoming = fs::exists(data_ / kIncoming, error);
  const bool has_outgoing = fs::exists(data_ / kOutgoing, error);
  if (has_incoming && has_outgoing) {
    if (fs::exists(data_ / kIncoming / kParts.front(), error)) {
      TRY(set_aside());
    }
    TRY(take_over());
  } else if (has_outgoing && !fs::exists(data_ / kParts.front(), error)) {
    TRY(put_back());
  }
  TRY(remove_tree(data_ / kIncoming));
  return remove_tree(data_ / kOutgoing);
}

Result<Path> StateFiles::place_of(std::string_view name) const {
  if (!is_state_name(name)) {
    return bad_state_name();
  }
  return states_ / name;
}

Result<SavedState> StateFiles::read(std::string_view name) {
  TRY(const auto place, place_of(name));
  const auto text = read_file(disk_, place / kDescription, kMiB);
  if (!text) {
    return text.error().kind() == Errc::not_found ? Result<SavedState>(not_found("there is no state named '{}'", name))
                                                  : text.error();
  }
  auto state = wire::parse_stored<SavedState>(as_text(text.value()));
  if (!state) {
    return corrupt("the state '{}' is damaged: {}", name, state.error().cause());
  }
  state.value().name = std::string(name);  // a directory may have been renamed by hand
  return state;
}

Result<std::vector<SavedState>> StateFiles::list() {
  std::vector<SavedState> all;
  const auto names = disk_.list(states_);
  if (!names) {
    return names.error().kind() == Errc::not_found ? Result<std::vector<SavedState>>(std::move(all)) : names.error();
  }
  for (const auto& name : names.value()) {
    if (auto state = is_state_name(name) ? read(name) : Result<SavedState>(not_found("no state"))) {
      all.push_back(std::move(state).value());
    }
  }
  std::ranges::sort(all, {}, &SavedState::name);
  return all;
}

Result<SavedState> StateFiles::save(std::string_view name, std::string client_id, Time now) {
  TRY(const auto place, place_of(name));
  const auto building = states_ / ".saving";  // no state can have this name
  TRY(fresh_directory(disk_, building));
  SavedState state{std::string(name), kFormat, now, std::move(client_id), 0, tables_};
  TRY(state.bytes, copy_parts(data_, building));
  TRY(replace_file(disk_, building / kDescription, as_bytes(wire::to_json(state) + "\n")));
  TRY(discard(place));
  TRY(move_to(building, place));
  return state;
}

Result<SavedState> StateFiles::fetch(std::string_view name, std::string_view client_id) {
  TRY(auto state, read(name));
  if (state.format != kFormat) {
    return unsupported("the state '{}' was saved in format {}; this server reads format {} only", name, state.format,
                       kFormat);
  }
  for (const auto& saved : state.tables) {
    const auto ours = std::ranges::find(tables_, saved.owner, &SavedState::Tables::owner);
    if (ours == tables_.end() || ours->version < saved.version) {
      return unsupported(
          "the state '{}' was saved by a newer version: it has version {} of the tables of '{}', this "
          "server {}",
          name, saved.version, saved.owner, ours == tables_.end() ? 0 : ours->version);
    }
  }
  if (state.client_id != client_id) {
    return conflict("the state '{}' was saved by a server with the client id {}, this one's is {}", name,
                    state.client_id, client_id);
  }
  TRY(fresh_directory(disk_, data_ / kCopying));
  TRY(const auto bytes, copy_parts(states_ / name, data_ / kCopying));
  if (bytes != state.bytes) {
    return corrupt("the state '{}' is damaged: it has {} bytes of the {} that were saved; save it again", name, bytes,
                   state.bytes);
  }
  TRY(remove_tree(data_ / kIncoming));
  TRY(move_to(data_ / kCopying, data_ / kIncoming));
  return state;
}

Result<> StateFiles::set_aside() {
  TRY(disk_.make_directories(data_ / kOutgoing));
  std::error_code error;
  for (const auto part : kParts) {
    if (fs::exists(data_ / part, error)) {
      TRY(move_to(data_ / part, data_ / kOutgoing / part));
    }
  }
  return ok();
}

Result<> StateFiles::take_over() {
  std::error_code error;
  for (const auto part : kParts) {
    if (fs::exists(data_ / kIncoming / part, error)) {
      TRY(move_to(data_ / kIncoming / part, data_ / part));
    }
  }
  return ok();
}

Result<> StateFiles::put_back() {
  std::error_code error;
  for (auto part = kParts.rbegin(); part != kParts.rend(); ++part) {
    if (fs::exists(data_ / kOutgoing / *part, error)) {
      TRY(remove_tree(data_ / *part));
      TRY(move_to(data_ / kOutgoing / *part, data_ / *part));
    }
  }
  return ok();
}

Result<> StateFiles::swap_in() {
  TRY(remove_tree(data_ / kOutgoing));
  TRY(set_aside());
  return take_over();
}

Result<> StateFiles::clear() {
  TRY(remove_tree(data_ / kIncoming));
  TRY(remove_tree(data_ / kOutgoing));
  return set_aside();
}

Result<> StateFiles::undo() {
  std::error_code error;
  if (!fs::exists(data_ / kOutgoing, error)) {
    return ok();
  }
  TRY(remove_tree(data_ / kIncoming));
  for (const auto part : kParts) {
    TRY(remove_tree(data_ / part));
  }
  return put_back();
}

void StateFiles::settle() {
  for (const auto* leftover : {kIncoming, kOutgoing}) {
    if (const auto discarded = discard(data_ / leftover); !discarded) {
      log::warning("server", "cleanup is left to the next start: {}", discarded.error().cause());
    }
  }
}

/// Thousands of files take longer to remove than to load, so they are removed in the background.
Result<> StateFiles::discard(const Path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return ok();
  }
  const auto bin = path.parent_path() / kDiscarded;
  TRY(disk_.make_directories(bin));
  const auto doomed = bin / std::to_string(++discarded_);
  TRY(move_to(path, doomed));
  remover_ = std::jthread([previous = std::move(remover_), doomed]() mutable {
    previous = {};            // one at a time
    std::error_code ignored;  // anything left is removed by the next start
    contained([&] { fs::remove_all(doomed, ignored); });
  });
  return ok();
}

Result<> StateFiles::remove(std::string_view name) {
  TRY(const auto place, place_of(name));
  TRY(read(name));
  return discard(place);
}

}  // namespace quaymaster::server
