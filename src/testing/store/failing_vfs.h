#pragma once

#include <sqlite3.h>

#include <atomic>
#include <new>

namespace quaymaster::store {

/// A SQLite file layer on top of the system's that counts calls that change or sync a file and makes the n-th one and,
/// on request, every later one fail with a chosen code. For tests; only one at a time, since its state is global.
class FailingVfs {
 public:
  static constexpr const char* kName = "failing";

  static void install() {
    static sqlite3_vfs vfs = [] {
      sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
      sqlite3_vfs copy = *real;
      copy.zName = kName;
      copy.szOsFile = real->szOsFile + static_cast<int>(sizeof(FailingFile));
      copy.xOpen = &open;
      return copy;
    }();
    sqlite3_vfs_register(&vfs, 0);
  }
  /// From now on the `at`-th call (from 0) fails with `code`; -1: none.
  static void fail(int at, int code, bool from_then_on) {
    state() = {};
    state().code = code;
    state().from_then_on = from_then_on;
    state().next = 0;
    state().at = at;
  }
  static bool has_failed() { return state().failed; }

 private:
  struct State {
    std::atomic<int> next{0};
    std::atomic<int> at{-1};
    std::atomic<int> code{SQLITE_IOERR};
    std::atomic<bool> from_then_on{false};
    std::atomic<bool> failed{false};
    State() = default;
    State& operator=(const State& other) {
      at = -1;
      next = other.next.load();
      failed = other.failed.load();
      return *this;
    }
  };
  static State& state() {
    static State state;
    return state;
  }
  static int step(int code) {
    auto& s = state();
    const int at = s.at;
    const int n = s.next.fetch_add(1);
    if (at >= 0 && (n == at || (s.from_then_on && n > at))) {
      s.failed = true;
      return s.code == SQLITE_FULL ? SQLITE_FULL : code;
    }
    return SQLITE_OK;
  }

  // SQLite allocates szOsFile bytes: ours, then the real layer's.
  struct FailingFile {
    sqlite3_file base;
    sqlite3_io_methods methods;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static FailingFile* of(sqlite3_file* file) { return reinterpret_cast<FailingFile*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return of(file)->real(); }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
    file->pMethods = nullptr;
    const int code = system->xOpen(system, name, real(file), flags, out_flags);
    if (real(file)->pMethods == nullptr) {
      return code;
    }
    auto& m = of(file)->methods;
    m = *real(file)->pMethods;
    m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
    m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
      return real(f)->pMethods->xRead(real(f), to, n, at);
    };
    m.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
      const int failure = step(SQLITE_IOERR_WRITE);
      return failure != SQLITE_OK ? failure : real(f)->pMethods->xWrite(real(f), from, n, at);
    };
    m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      const int failure = step(SQLITE_IOERR_TRUNCATE);
      return failure != SQLITE_OK ? failure : real(f)->pMethods->xTruncate(real(f), size);
    };
    m.xSync = [](sqlite3_file* f, int how) {
      const int failure = step(SQLITE_IOERR_FSYNC);
      return failure != SQLITE_OK ? failure : real(f)->pMethods->xSync(real(f), how);
    };
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); };
    m.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
    m.xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return real(f)->pMethods->xCheckReservedLock(real(f), out);
    };
    m.xFileControl = [](sqlite3_file* f, int op, void* argument) {
      return real(f)->pMethods->xFileControl(real(f), op, argument);
    };
    m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); };
    m.xShmMap = [](sqlite3_file* f, int region, int size, int extend, void volatile** to) {
      return real(f)->pMethods->xShmMap(real(f), region, size, extend, to);
    };
    m.xShmLock = [](sqlite3_file* f, int offset, int n, int how) {
      return real(f)->pMethods->xShmLock(real(f), offset, n, how);
    };
    m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
    m.xShmUnmap = [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); };
    m.xFetch = [](sqlite3_file* f, sqlite3_int64 at, int n, void** to) {
      return real(f)->pMethods->xFetch(real(f), at, n, to);
    };
    m.xUnfetch = [](sqlite3_file* f, sqlite3_int64 at, void* from) {
      return real(f)->pMethods->xUnfetch(real(f), at, from);
    };
    file->pMethods = &m;
    return code;
  }
};

}  // namespace quaymaster::store
