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

/// Stands before Resource Manager: a GET of one job, operation or resource that is under way is answered once its state
/// has changed, at the latest after `most`. Pollers with a sleep of their own between two looks (az: 30 seconds) so see
/// the end when it comes. The first look of a caller at a job is answered at once, so that the command that started it
/// shows it running and it can be stopped; only `az backup job wait`, which says so, is held from the first.
/// Retry-After becomes as short as the client can take it. What it waits for is a commit:
/// nothing is asked again before the records have changed. A client that wants to see progress says how long it is
/// ready to wait: "Prefer: wait=SECONDS" (RFC 7240, 4.3). Thread-safe.
class HeldReads final : public http::Handler {
 public:
  HeldReads(http::Handler& inner, store::Database& database, std::chrono::milliseconds most)
      : inner_(inner), database_(database), most_(most) {}

  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override;
  http::Reply refuse(const http::Request& request, int status, std::string_view cause) override {
    return inner_.refuse(request, status, cause);
  }

  /// From here on nothing is held, and who waits is answered with what there is; or reads are held again.
  void let_go(bool go) { letting_go_ = go; }

 private:
  bool is_first_look(const http::Request& request);

  http::Handler& inner_;
  store::Database& database_;
  const std::chrono::milliseconds most_;
  std::atomic<bool> letting_go_{false};

  std::mutex mutex_;
  std::set<std::size_t> looks_;  // digests of who looked at which job; all are forgotten when there are too many
};

/// What an answer says of states, for comparing two of them: its status code and every "status", "state" and
/// "provisioningState" in its body, in order, but for those of its parts (tasks, drives), which are in lists: a poller
/// that is told of a task sleeps through the end of the job. `under_way`: one of them says that something runs. Lists
/// of resources are never under way.
struct States {
  std::string text;
  bool under_way = false;
};
States states_of(const http::Reply& reply);

/// Is this the path of one job, of a vault or of Import/Export, and not of an operation on it?
bool is_job(std::string_view path);

/// Seconds before the next look. 0 of what has just begun: the look is held. 1 where 0 would be taken for "not said",
/// which means 30 seconds to Go, Python and Java: of what is still under way after a held look, and to Java always,
/// whose SDK sleeps before the first look as well.
std::string retry_after(const http::Request& request, const http::Reply& reply);

/// "wait" of a Prefer field, which is in seconds there; none when it says nothing of it.
std::optional<std::chrono::milliseconds> preferred_wait(const http::Headers& headers);

}  // namespace quaymaster::standin
