#include "testing/store/memory_database.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "store/sqlite/sqlite_database.h"
#include "testing/store/repeating_database.h"

namespace quaymaster::store {
namespace {

constexpr const char* kRecords = "records.db";
constexpr const char* kLock = "records.db.lock";
constexpr std::string_view kTemporary = "quaymaster-records-";  // followed by the process id and six letters

/// Tests that die on purpose leave their directories behind, and tmpfs is memory.
void remove_those_of_the_dead(const Path& place) {
  std::error_code error;
  for (auto it = std::filesystem::directory_iterator(place, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    const auto name = it->path().filename().native();
    pid_t process = 0;
    if (name.starts_with(kTemporary)) {
      std::from_chars(name.data() + kTemporary.size(), name.data() + name.size(), process);
    }
    // The lock also covers processes that are invisible from here, such as those of another container.
    if (process > 0 && ::kill(process, 0) != 0 && errno == ESRCH && FileLock::take(it->path() / kLock)) {
      std::error_code ignored;  // another process may be removing it too, or it belongs to another user
      std::filesystem::remove_all(it->path(), ignored);
    }
  }
}

/// A directory on tmpfs, removed by the destructor.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> make() {
    SystemDisk disk;
    const bool has_shm = disk.status("/dev/shm").has_value();
    const auto place = has_shm ? Path("/dev/shm") : std::filesystem::temp_directory_path();
    remove_those_of_the_dead(place);
    std::string pattern = place / fmt::format("{}{}-XXXXXX", kTemporary, ::getpid());
    if (::mkdtemp(pattern.data()) == nullptr) {
      return system_error(errno, fmt::format("make directory {}", pattern));
    }
    return TemporaryDirectory(pattern);
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() {
    if (!path_.empty()) {
      std::error_code ignored;  // an error cannot be reported from here
      std::filesystem::remove_all(path_, ignored);
    }
  }
  const Path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(Path path) : path_(std::move(path)) {}
  Path path_;
};

struct Backing {
  TemporaryDirectory directory;
  std::unique_ptr<Database> database;
};

/// The database that is closed and removed with it, directly or through one that runs every change twice.
template <class Front>
class MemoryDatabase final : private Backing, public Front {
 public:
  explicit MemoryDatabase(Backing backing) : Backing(std::move(backing)), Front(*Backing::database) {}
};

template <class Front>
Result<std::unique_ptr<Database>> open(std::span<const Schema> schemas, const Clock* clock) {
  TRY(auto directory, TemporaryDirectory::make());
  SqliteOptions options;
  options.durable = false;
  options.clock = clock;
  TRY(auto database, SqliteDatabase::open(directory.path() / kRecords, schemas, options));
  return std::unique_ptr<Database>(
      std::make_unique<MemoryDatabase<Front>>(Backing{std::move(directory), std::move(database)}));
}

}  // namespace

Result<std::unique_ptr<Database>> open_in_memory(std::span<const Schema> schemas, const Clock* clock) {
  return open<RepeatingDatabase>(schemas, clock);
}

Result<std::unique_ptr<Database>> open_in_memory_once(std::span<const Schema> schemas) {
  return open<ForwardingDatabase>(schemas, nullptr);
}

}  // namespace quaymaster::store
