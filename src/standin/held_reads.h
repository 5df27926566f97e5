#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "http/message.h"
#include "store/database.h"

namespace quaymaster::standin {

/// Wraps Resource Manager: a GET of one job, operation or resource in progress is answered once its state has changed,
/// at the latest after `most`. Pollers that sleep between two reads (az: 30 seconds) thus see the end when it happens.
/// A caller's first read of a job is answered at once, so that the command that started it shows it running and it can
/// be cancelled; only `az backup job wait`, which identifies itself, is held from the first read. Retry-After becomes
/// as short as the client supports. A held read waits for a commit and is not repeated before the records have changed.
/// A client that wants to show progress can limit the wait: "Prefer: wait=SECONDS" (RFC 7240, 4.3). Thread-safe.
class HeldReads final : public http::Handler {
 public:
  HeldReads(http::Handler& inner, store::Database& database, std::chrono::milliseconds most)
      : inner_(inner), database_(database), most_(most) {}

  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;
  http::Reply refuse(const http::Request& request, int status, std::string_view cause) override {
    return inner_.refuse(request, status, cause);
  }

  /// Stops holding reads and answers the waiting ones with the current state; or resumes holding.
  void release_held(bool go) { releasing_ = go; }

 private:
  bool is_first_read(const http::Request& request);

  http::Handler& inner_;
  store::Database& database_;
  const std::chrono::milliseconds most_;
  std::atomic<bool> releasing_{false};

  std::mutex mutex_;
  std::set<std::size_t>
      first_reads_;  // digests of caller and job, one per first read; all are dropped when there are too many
};

/// The states in an answer, for comparing two of them: its status code and every "status", "state" and
/// "provisioningState" in its body, in order, except those of its parts (tasks, drives), which are in lists: a poller
/// that is woken for a task's change would sleep through the end of the job. `under_way`: one of them means that
/// something is in progress. Lists of resources never are.
struct States {
  std::string text;
  bool under_way = false;
};
States states_of(const http::Reply& reply);

/// Is this the path of one job, of a vault or of Import/Export, rather than of an operation on it?
bool is_job(std::string_view path);

/// Seconds before the next read. 0 for what has just begun: the read is held. 1 where clients would treat 0 as absent,
/// which means 30 seconds to Go, Python and Java: for what is still in progress after a held read, and always for Java,
/// whose SDK sleeps before the first read as well.
std::string retry_after(const http::Request& request, const http::Reply& reply);

/// "wait" of a Prefer field, which is in seconds; nullopt: not given.
std::optional<std::chrono::milliseconds> preferred_wait(const http::Headers& headers);

}  // namespace quaymaster::standin
