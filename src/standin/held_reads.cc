#include "standin/held_reads.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/clock.h"
#include "base/encode.h"
#include "http/pause.h"

namespace quaymaster::standin {
namespace {

constexpr std::array<std::string_view, 3> kMembers{"\"status\":\"", "\"state\":\"", "\"provisioningState\":\""};

// The states in progress of backup jobs and operations, of vaults and other resources, and of import jobs whose drives
// are here. An import job that waits for its drives waits for people, so its state is not listed.
constexpr std::array<std::string_view, 10> kUnderWay{"InProgress",   "Cancelling", "Provisioning", "Updating",
                                                     "Deleting",     "Accepted",   "Running",      "Received",
                                                     "Transferring", "Packaging"};

// Too short for a client to notice, long compared to the cost of reading a counter.
constexpr std::chrono::milliseconds kLook{5};

/// The number of first reads remembered; forgetting one costs a poller one round.
constexpr std::size_t kMostFirstReads = 10'000;

/// The position of the quote that ends the string beginning at `at`; the end of the text when there is none.
std::size_t end_of_string(std::string_view body, std::size_t at) {
  for (++at; at < body.size() && body[at] != '"'; ++at) {
    at += body[at] == '\\' ? 1 : 0;
  }
  return at;
}

}  // namespace

States states_of(const http::Reply& reply) {
  States states{std::to_string(reply.status), false};
  const std::string_view body = reply.body;
  if (reply.status == 202) {
    states.under_way = true;  // the result of an operation that is not available yet
  }
  if (body.starts_with("{\"value\":[") || reply.status >= 300) {
    return {states.text, false};
  }
  int lists = 0;  // enclosing `at`: members inside a list belong to a part, a task or a drive
  for (std::size_t at = 0; at < body.size(); ++at) {
    lists += body[at] == '[' ? 1 : body[at] == ']' ? -1 : 0;
    if (body[at] != '"') {
      continue;
    }
    const auto rest = body.substr(at);
    const auto member = std::ranges::find_if(kMembers, [&](std::string_view one) { return rest.starts_with(one); });
    if (member != kMembers.end() && lists == 0) {
      const auto value = rest.substr(member->size(), rest.find('"', member->size()) - member->size());
      states.text += ' ';
      states.text += value;
      states.under_way = states.under_way || std::ranges::find(kUnderWay, value) != kUnderWay.end();
    }
    at = end_of_string(body, at);
  }
  return states;
}

std::optional<std::chrono::milliseconds> preferred_wait(const http::Headers& headers) {
  constexpr std::string_view kWait = "wait=";
  const auto field = headers.get("Prefer").value_or("");
  for (std::size_t begin = 0; begin < field.size();) {
    const auto end = std::min(field.find_first_of(",;", begin), field.size());
    auto one = field.substr(begin, end - begin);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    std::uint32_t seconds = 0;
    if (equal_ignoring_case(one.substr(0, kWait.size()), kWait) &&
        std::from_chars(one.data() + kWait.size(), one.data() + one.size(), seconds).ec == std::errc{}) {
      return std::chrono::seconds{seconds};
    }
    begin = end + 1;
  }
  return std::nullopt;
}

bool is_job(std::string_view path) {
  const auto name_at = path.rfind('/');
  if (name_at == std::string_view::npos || name_at == 0) {
    return false;
  }
  const auto type_at = path.rfind('/', name_at - 1);
  const auto type = path.substr(type_at == std::string_view::npos ? 0 : type_at + 1, name_at - type_at - 1);
  return equal_ignoring_case(type, "backupJobs") || equal_ignoring_case(type, "jobs");
}

bool HeldReads::is_first_read(const http::Request& request) {
  if (!is_job(request.raw_path) ||
      equal_ignoring_case(request.headers.get("CommandName").value_or(""), "backup job wait")) {
    return false;
  }
  const auto caller = request.headers.get("Authorization").value_or("");
  const auto look = std::hash<std::string>{}(fmt::format("{}\n{}", to_lower(request.raw_path), caller));
  const std::lock_guard lock(mutex_);
  if (first_reads_.size() >= kMostFirstReads) {
    first_reads_.clear();
  }
  return first_reads_.insert(look).second;
}

std::string retry_after(const http::Request& request, const http::Reply& reply) {
  const bool still_under_way = request.method == http::Method::get && states_of(reply).under_way;
  return still_under_way || request.headers.get("User-Agent").value_or("").starts_with("azsdk-java") ? "1" : "0";
}

http::Task<http::Reply> HeldReads::handle(http::Request& request, http::Body& body) {
  auto seen = database_.statistics().changes;  // before the first read, so that no later change is missed
  auto reply = co_await inner_.handle(request, body);
  if (request.method == http::Method::get) {
    const auto before = states_of(reply);
    auto most = std::min(most_, preferred_wait(request.headers).value_or(most_));
    if (before.under_way && is_first_read(request)) {
      most = {};
    }
    const double until = steady_seconds() + std::chrono::duration<double>(most).count();
    while (before.under_way && !releasing_ && steady_seconds() < until) {
      co_await http::pause(kLook);
      const auto changes = database_.statistics().changes;
      if (changes == seen) {
        continue;
      }
      seen = changes;
      reply = co_await inner_.handle(request, body);
      if (states_of(reply).text != before.text) {
        break;
      }
    }
  }
  if (reply.headers.get("Retry-After")) {
    reply.headers.set("Retry-After", retry_after(request, reply));
  }
  co_return reply;
}

}  // namespace quaymaster::standin
