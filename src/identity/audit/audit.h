#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "http/request.h"
#include "wire/field.h"

namespace quaymaster::identity {

/// One line of the audit log. Members that do not apply are omitted from it. Format: doc/formats/audit-log.md.
struct AuditEntry {
  std::int64_t number = 0;  // of the line in the whole log, from 1
  Time time;
  std::string event;                     // "file", "start", "request", "lost", "cut"
  std::optional<std::string> previous;   // file: hash of the last line of the previous file; cut: of the lost end
  std::optional<std::int64_t> count;     // lost: number of denials not written; cut: number of missing lines
  std::optional<std::string> request;    // x-ms-request-id
  std::optional<std::string> face;       // "arm", "blob", "sign-in"
  std::optional<std::string> who;        // object id; "key ACCOUNT"; "sas ACCOUNT"; absent: unknown
  std::optional<std::string> name;       // of the principal
  std::optional<std::string> peer;       // address
  std::optional<std::string> operation;  // the row of the operation tables; absent: none matched
  std::optional<std::string> method;
  std::optional<std::string> target;  // the path, without the query
  std::optional<std::int64_t> status;
  std::optional<std::string> code;  // of a refusal

  static constexpr auto wire() {
    using wire::field;
    using E = AuditEntry;
    return wire::fields({field<&E::number>("n"), field<&E::time>("time"), field<&E::event>("event"),
                         field<&E::previous>("previous"), field<&E::count>("count"), field<&E::request>("request"),
                         field<&E::face>("face"), field<&E::who>("who"), field<&E::name>("name"),
                         field<&E::peer>("peer"), field<&E::operation>("operation"), field<&E::method>("method"),
                         field<&E::target>("target"), field<&E::status>("status"), field<&E::code>("code")});
  }
};

/// A line about a request, with everything known about it before it is answered.
AuditEntry request_entry(const http::Request& request, std::string_view face);

struct AuditOptions {
  std::uint64_t largest_file = 64 * kMiB;  // the first line beyond this starts a new file
  std::size_t most_waiting = 16 * kMiB;    // text that is not on disk yet
  /// Called before lines are written, to release the reserve when the disk is nearly full. May be empty.
  std::function<void()> before_write;
};

/// The append-only log of who did what: lines in numbered files of one directory, each with its own hash and that of
/// the line before. A dedicated thread writes the lines, many per flush. Thread-safe.
class AuditLog {
 public:
  /// Continues the existing log: an incomplete line at its end, which was never acknowledged, is cut off. When complete
  /// lines are missing from the end, adds a line that says so.
  /// Errc::corrupt: the last file has no complete line in our format.
  static Result<std::unique_ptr<AuditLog>> open(Disk& disk, Path directory, Clock& clock, AuditOptions options = {});
  ~AuditLog();  // writes what is queued
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// On return the line is on stable storage. Errc::io, Errc::no_space: it is not; the next write tries it again.
  Result<> record(AuditEntry entry);
  /// The line reaches stable storage soon. When the queue is full, blocks until there is room; while nothing can be
  /// written, the line is counted as lost instead.
  void note(AuditEntry entry);
  /// The same for lines that may be dropped in a flood (refusals): when the queue is full the line is only counted.
  void note_denial(AuditEntry entry);

  /// False while lines cannot be written: an action that must be recorded must then not be performed. Tries again.
  bool can_write();

 private:
  AuditLog(Disk& disk, Path directory, Clock& clock, AuditOptions options);
  Result<> find_end();
  std::uint64_t push(AuditEntry&& entry, std::unique_lock<std::mutex>& lock);
  void run();
  Result<> write(const std::vector<AuditEntry>& entries);
  Result<> begin_file(std::string& text);
  void append(AuditEntry entry, std::string& text);
  std::optional<AuditEntry> missing_end();
  void keep_head();

  Disk& disk_;
  const Path directory_;
  Clock& clock_;
  const AuditOptions options_;

  // Used by the writing thread only.
  std::unique_ptr<File> file_;
  std::unique_ptr<File> head_;  // null: not opened yet
  std::uint64_t file_number_ = 0;
  std::uint64_t size_ = 0;
  std::int64_t number_ = 0;  // of the last line
  std::string hash_;         // of the last line

  std::mutex mutex_;
  std::condition_variable work_, written_;
  std::vector<AuditEntry> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t pushed_ = 0, durable_ = 0, attempts_ = 0;
  std::int64_t lost_ = 0;
  std::optional<Error> failure_;
  bool retry_ = false;
  bool ending_ = false;
  std::thread thread_;
};

/// The result of reading the whole log.
struct AuditCheck {
  std::int64_t first = 0;  // numbers of the first and the last line; 0: the log is empty
  std::int64_t last = 0;
  std::string hash;                   // of the last line: keep it elsewhere and check for it later
  std::vector<std::string> findings;  // empty: the chain is intact
};

/// Reads every line; `each` receives the readable ones with their hash.
Result<AuditCheck> read_audit(Disk& disk, const Path& directory,
                              const std::function<void(const AuditEntry& entry, std::string_view hash)>& each);

}  // namespace quaymaster::identity
