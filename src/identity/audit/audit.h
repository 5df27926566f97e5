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
#include "http/message.h"
#include "wire/field.h"

namespace quaymaster::identity {

/// One line of the audit log. Members that do not apply are left out of it. Format: doc/formats/audit-log.md.
struct AuditEntry {
  std::int64_t number = 0;  // of the line in the whole log, from 1
  Time time;
  std::string event;                     // "file", "start", "request", "lost", "cut"
  std::optional<std::string> previous;   // file: the hash of the line before, in the file before; cut: of the lost end
  std::optional<std::int64_t> count;     // lost: how many denials were not written; cut: how many lines are gone
  std::optional<std::string> request;    // x-ms-request-id
  std::optional<std::string> face;       // "arm", "blob", "sign-in"
  std::optional<std::string> who;        // object id; "key ACCOUNT"; "sas ACCOUNT"; absent: nobody known
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

/// A line about a request, with all that is known of it before it is answered.
AuditEntry request_entry(const http::Request& request, std::string_view face);

struct AuditOptions {
  std::uint64_t largest_file = 64 * kMiB;  // a new file is begun at the first line behind it
  std::size_t most_waiting = 16 * kMiB;    // of text that is not on disk yet
  /// Called before lines are written, to give up what was set aside when the disk is nearly full. May be empty.
  std::function<void()> before_write;
};

/// The append-only log of who did what: lines in numbered files of one directory, each with the hash of itself and of
/// the line before. Lines are written by a thread of its own, many with one flush. Thread-safe.
class AuditLog {
 public:
  /// Continues the log that is there: an unfinished line at its end, which nobody was told of, is cut off. When lines
  /// that were finished are gone from its end, it says so in a line of its own.
  /// Errc::corrupt: the last file has no whole line that is ours.
  static Result<std::unique_ptr<AuditLog>> open(Disk& disk, Path directory, Clock& clock, AuditOptions options = {});
  ~AuditLog();  // writes what waits
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// On return the line is on stable storage. Errc::io, Errc::no_space: it is not, and is tried again with the next
  /// one.
  Result<> record(AuditEntry entry);
  /// The line is on stable storage soon. When too much waits, waits until there is room; while
  /// nothing can be written, the line is counted as lost instead.
  void note(AuditEntry entry);
  /// The same for a line that may be lost in a flood, refusals: when too much waits it is counted instead.
  void note_denial(AuditEntry entry);

  /// False while lines can not be written: what would have to be recorded must not be done. Tries again.
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

  // Of the writing thread.
  std::unique_ptr<File> file_;
  std::unique_ptr<File> head_;  // null: could not be opened yet
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

/// What a look at the whole log found.
struct AuditCheck {
  std::int64_t first = 0;  // numbers of the first and the last line; 0: there is none
  std::int64_t last = 0;
  std::string hash;                   // of the last line: keep it elsewhere, and later ask for it
  std::vector<std::string> findings;  // empty: the chain is whole
};

/// Reads every line; `each` is told of those that are readable, with their hash.
Result<AuditCheck> read_audit(Disk& disk, const Path& directory,
                              const std::function<void(const AuditEntry& entry, std::string_view hash)>& each);

}  // namespace quaymaster::identity
