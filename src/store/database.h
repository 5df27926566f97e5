#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/files/disk.h"
#include "base/guid.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "store/keys.h"
#include "store/notices.h"

namespace quaymaster::store {

/// One value bound to a "?" of a statement. Views must live until the call returns. Text is UTF-8 without NUL: what may
/// hold other bytes, such as the name of a blob, is stored as bytes.
class Value {
 public:
  enum class Kind { null, integer, text, blob };
  Value(std::nullptr_t) {}  // NOLINT: implicit on purpose
  template <class Integer>
    requires std::is_integral_v<Integer>
  Value(Integer number) : kind_(Kind::integer), integer_(static_cast<std::int64_t>(number)) {}  // NOLINT
  Value(Time time) : kind_(Kind::integer), integer_(time.time_since_epoch().count()) {}         // NOLINT
  Value(std::string_view text) : kind_(Kind::text), text_(text) {}                              // NOLINT
  Value(const std::string& text) : kind_(Kind::text), text_(text) {}                            // NOLINT
  Value(const char* text) : kind_(Kind::text), text_(text) {}                                   // NOLINT
  Value(Bytes blob) : kind_(Kind::blob), blob_(blob) {}                                         // NOLINT
  Value(const Buffer& blob) : kind_(Kind::blob), blob_(blob) {}                                 // NOLINT
  template <class T>
  Value(const std::optional<T>& maybe) {  // NOLINT
    if (maybe) {
      *this = Value(*maybe);
    }
  }

  Kind kind() const { return kind_; }
  std::int64_t integer() const { return integer_; }
  std::string_view text() const { return text_; }
  Bytes blob() const { return blob_; }

 private:
  Kind kind_ = Kind::null;
  std::int64_t integer_ = 0;
  std::string_view text_;
  Bytes blob_;
};

/// One row of a result; columns count from 0. Views are valid until the next row.
class Row {
 public:
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual Bytes blob(int column) const = 0;
  Time time(int column) const { return Time{Ticks{integer(column)}}; }
  /// An id that was stored as text, or as its 16 bytes. Errc::corrupt.
  Result<Guid> guid(int column) const;
  Result<Guid> blob_guid(int column) const;

 protected:
  ~Row() = default;
};

/// Read-only statements. SQL is the common subset of SQLite and PostgreSQL (doc/decisions/0002-store.md): ON CONFLICT,
/// RETURNING, partial indexes, keyset paging, 64-bit integers for times, "?" for values. `sql` must be a literal: its
/// address is the key of the prepared statement. SQL that does not parse, or a wrong number of values, is a bug and
/// aborts the process. FOR UPDATE and FOR SHARE may end a SELECT on rows that only the change's condition protects. Not
/// thread-safe; valid only inside the call that provided it.
class Reader {
 public:
  /// Calls `on_row` for every row; an error it returns ends the query and is returned. `on_row` may run statements. A
  /// database may fetch all rows at once, so a query whose rows have no bound is made in pages.
  /// Errc::io, Errc::corrupt. Errc::invalid: a text is not UTF-8 or holds a NUL.
  template <class... Arguments>
  Result<> each(const char* sql, const std::function<Result<>(const Row&)>& on_row, const Arguments&... arguments) {
    const Value values[] = {Value(arguments)..., Value(nullptr)};
    return run(sql, on_row, std::span(values).first(sizeof...(arguments)));
  }
  /// Passes the first row to `on_row`; false when there is none.
  template <class... Arguments>
  Result<bool> first(const char* sql, const std::function<void(const Row&)>& on_row, const Arguments&... arguments) {
    const Value values[] = {Value(arguments)..., Value(nullptr)};
    return run_first(sql, on_row, std::span(values).first(sizeof...(arguments)));
  }

 protected:
  ~Reader() = default;

 private:
  virtual Result<> run(const char* sql, const std::function<Result<>(const Row&)>& on_row,
                       std::span<const Value> values) = 0;
  virtual Result<bool> run_first(const char* sql, const std::function<void(const Row&)>& on_row,
                                 std::span<const Value> values) = 0;
};

/// Statements that write; `each` and `first` accept them too, for RETURNING. An error of any statement ends the change:
/// later statements return the same error, and so does the write, whatever the change returns. (An error that an
/// `on_row` returned is the change's own and does not.) What may already be there is inserted with ON CONFLICT.
class Writer : public Reader {
 public:
  /// Returns the number of rows that an INSERT, UPDATE or DELETE changed. Errc::conflict: the key is taken, or another
  /// row still refers to it. Errc::invalid: a value breaks a NOT NULL, CHECK or type rule of the table. Errc::no_space.
  template <class... Arguments>
  Result<std::int64_t> change(const char* sql, const Arguments&... arguments) {
    const Value values[] = {Value(arguments)..., Value(nullptr)};
    return run_change(sql, std::span(values).first(sizeof...(arguments)));
  }

  /// A change of exactly `rows` rows; with another count the change fails with `otherwise`. A database may count only
  /// at the commit, so nothing after it may rely on it.
  template <class... Arguments>
  Result<> expect(std::int64_t rows, Errc otherwise, const char* sql, const Arguments&... arguments) {
    const Value values[] = {Value(arguments)..., Value(nullptr)};
    return run_expect(rows, otherwise, sql, std::span(values).first(sizeof...(arguments)));
  }

  /// Tells everyone who listens to `topic`, on every node, once this change is durable; nobody when it fails. For rare
  /// events.
  virtual void notify(Topic topic, std::string_view what) = 0;

  /// Calls `act` on the writer's thread once this change is on stable storage, before its `Done`; never when it fails.
  /// For waking threads that wait for what was written. Must be quick and must not write.
  virtual void after_commit(UniqueFunction<void()> act) = 0;

 protected:
  ~Writer() = default;

 private:
  virtual Result<std::int64_t> run_change(const char* sql, std::span<const Value> values) = 0;
  virtual Result<> run_expect(std::int64_t rows, Errc otherwise, const char* sql, std::span<const Value> values) = 0;
};

/// Whether long work may still write, checked in every change that it makes: it may have been given to another worker
/// while it was suspended. A default-constructed fence always agrees.
class Fence {
 public:
  Fence() = default;
  template <class Ask>
    requires std::is_invocable_r_v<Result<>, Ask&, Writer&>
  Fence(Ask ask) : ask_(std::move(ask)) {}  // NOLINT: implicit on purpose

  /// Errc::cancelled: no; the change must return it.
  Result<> check(Writer& writer) const { return ask_ ? ask_(writer) : ok(); }

 private:
  std::function<Result<>(Writer&)> ask_;
};

/// The tables of one owner ("jobs", "blob", …): steps[i] migrates them from version i to i+1. Never edit a released
/// step; add one.
struct Schema {
  std::string_view owner;
  std::span<const std::string_view> steps;
};

/// What the writer has done since the database was opened.
struct Statistics {
  std::uint64_t changes = 0;  // durable ones
  std::uint64_t commits = 0;  // commits that made them durable: changes / commits is what group commit saves
};

/// Durable records. Thread-safe. The destructor completes submitted changes.
class Database {
 public:
  using Change = UniqueFunction<Result<>(Writer&)>;
  using Done = UniqueFunction<void(Result<>)>;

  virtual ~Database() = default;

  /// Runs `look` on this thread with one consistent view: every change whose write has returned, and none in part. It
  /// must not write or block. Returns its result; Errc::io, Errc::corrupt.
  virtual Result<> read(const std::function<Result<>(Reader&)>& look) = 0;

  /// Runs `change` in a transaction, as if it were alone; when it returns an error, all of it is rolled back and that
  /// error is the result. Returns after the commit is on stable storage. It may be run more than once until it is
  /// durable, each time from nothing: what it captured it sets and never adds to. It runs on a thread of the database,
  /// and many changes may share one commit. Checks made inside `change` still hold at the commit: this is the place for
  /// compare-and-swap. Must not be called from a change or a `Done`. Errc::no_space: the disk is full, and the change
  /// was rolled back. Errc::io: the device failed and the change is not visible; if the process dies before the next
  /// commit, the change may be found complete after the restart, never in part. Errc::busy: too many changes are
  /// queued.
  Result<> write(Change change) { return write(Keys::everything(), std::move(change)); }
  /// As if alone among the changes that name one of these keys; it sees all that was committed before it began. For
  /// changes that touch only rows the keys stand for (store/keys.h).
  Result<> write(Keys keys, Change change);

  /// The same without blocking: `done` is called on a thread of the database once the change is durable, and must be
  /// quick. Only when the queue is full (Errc::busy) is it called at once, on this thread. Changes submitted one after
  /// another may take effect in any order.
  void submit(Change change, Done done) { submit(Keys::everything(), std::move(change), std::move(done)); }
  void submit(Keys keys, Change change, Done done) { enqueue(std::move(keys), std::move(change), std::move(done)); }

  /// The number of commits so far, where all of them pass through this process. Otherwise nothing: what was computed
  /// from records must then not be kept.
  virtual std::optional<std::uint64_t> version() const = 0;

  /// The time of the store, the same for all nodes: for leases. On one node it is the clock that all else uses.
  virtual Time now() const = 0;

  /// `on_notice` is called for every later notice of `topic`, on a thread of the database, until the subscription is
  /// destroyed; that waits for a call in progress. Must be quick and must not write.
  virtual std::unique_ptr<Subscription> listen(Topic topic, std::function<void(std::string_view what)> on_notice) = 0;

  virtual Statistics statistics() const = 0;

 private:
  virtual void enqueue(Keys keys, Change change, Done done) = 0;
};

}  // namespace quaymaster::store
