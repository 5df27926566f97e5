#include "base/encode.h"
#include "cli/common/client.h"
#include "cli/server/commands.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kClock = "/_quaymaster/clock";
constexpr std::string_view kFaults = "/_quaymaster/faults";
constexpr std::string_view kLog = "/_quaymaster/log";
constexpr std::string_view kState = "/_quaymaster/state";
constexpr std::string_view kReset = "/_quaymaster/reset";

Result<int> ask(const Arguments& arguments, Terminal& terminal, std::string_view method, std::string path,
                std::string_view body = "") {
  TRY(auto client, client_of(arguments));
  TRY(const auto text, client.call(method, std::move(path), body));
  terminal.out(text + "\n");
  return 0;
}

std::vector<Option> with_connection(std::vector<Option> options) {
  add_connection_options(options);
  return options;
}
std::vector<Option> no_arguments() {
  return with_connection({});
}

std::string member(std::string_view name, std::string_view text) {
  std::string body = fmt::format(R"({{"{}":)", name);
  wire::append_json_string(body, text);
  return body + "}";
}

Result<int> clock_get(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "GET", std::string(kClock));
}
std::vector<Option> clock_set_options() {
  return with_connection({{Option::Kind::positional, "TIME", "2026-11-23T05:29:30Z"}});
}
Result<int> clock_set(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "PUT", std::string(kClock), member("set", arguments.text("TIME")));
}
std::vector<Option> clock_advance_options() {
  return with_connection({{Option::Kind::positional, "DURATION", "ISO 8601: PT1H30M, P14D; -PT1H goes back"}});
}
Result<int> clock_advance(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "PUT", std::string(kClock), member("advance", arguments.text("DURATION")));
}
Result<int> clock_freeze(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "PUT", std::string(kClock), R"({"frozen":true})");
}
Result<int> clock_run(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "PUT", std::string(kClock), R"({"frozen":false})");
}
Result<int> clock_follow(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "PUT", std::string(kClock), R"({"follow":true})");
}
std::vector<Option> clock_scale_options() {
  return with_connection({{Option::Kind::positional, "FACTOR", "seconds of server time per second, 0.001 to 1000000"}});
}
Result<int> clock_scale(const Arguments& arguments, Terminal& terminal) {
  const auto factor = arguments.text("FACTOR");
  if (factor.empty() || factor.find_first_not_of("0123456789.") != std::string::npos) {
    return invalid("\"{}\" is not a number", factor);
  }
  return ask(arguments, terminal, "PUT", std::string(kClock), fmt::format(R"({{"scale":{}}})", factor));
}

Result<int> fault_list(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "GET", std::string(kFaults));
}
std::vector<Option> fault_add_options() {
  return with_connection({{Option::Kind::positional, "JSON", "the fault, as doc/stand-in.md describes it"}});
}
Result<int> fault_add(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "POST", std::string(kFaults), arguments.text("JSON"));
}
std::vector<Option> fault_remove_options() {
  return with_connection({{Option::Kind::positional, "NAME", "its name"}});
}
Result<int> fault_remove(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "DELETE", fmt::format("{}/{}", kFaults, percent_encode(arguments.text("NAME"))));
}
Result<int> fault_clear(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "DELETE", std::string(kFaults));
}

std::vector<Option> log_options() {
  return with_connection({{Option::Kind::text, "after", "only those after this number"},
                          {Option::Kind::flag, "json", "the server's JSON instead of text"}});
}

/// As reported by the admin plane; see standin/request_log.h.
struct Line {
  std::int64_t number = 0;
  std::string time;
  std::string method;
  std::string path;
  std::int64_t status = 0;
  std::string operation;
  std::string reason;
  double milliseconds = 0;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Line::number>("number"), field<&Line::time>("time"), field<&Line::method>("method"),
                         field<&Line::path>("path"), field<&Line::status>("status"),
                         field<&Line::operation>("operation"), field<&Line::reason>("reason"),
                         field<&Line::milliseconds>("milliseconds")});
  }
};
struct Lines {
  std::vector<Line> value;
  static constexpr auto wire() { return wire::fields({wire::field<&Lines::value>("value")}); }
};

Result<int> log(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto after, arguments.number("after", 0));
  const auto path = fmt::format("{}?after={}", kLog, after);
  if (arguments.has("json")) {
    return ask(arguments, terminal, "GET", path);
  }
  TRY(auto client, client_of(arguments));
  TRY(const auto text, client.call("GET", path));
  TRY(const auto lines, wire::parse_stored<Lines>(text));
  for (const auto& line : lines.value) {
    terminal.out(fmt::format("{:>6} {} {:>7.1f} ms  {} {:<6} {}  {}{}{}\n", line.number, line.time, line.milliseconds,
                             line.status, line.method, line.path, line.operation, line.reason.empty() ? "" : ": ",
                             line.reason));
  }
  return 0;
}

std::vector<Option> state_options() {
  return with_connection({{Option::Kind::positional, "NAME", "letters, digits, '.', '_' and '-'"}});
}
std::string state_path(const Arguments& arguments, std::string_view tail = "") {
  return fmt::format("{}/{}{}", kState, percent_encode(arguments.text("NAME")), tail);
}
Result<int> state_save(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "PUT", state_path(arguments));
}
Result<int> state_load(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "POST", state_path(arguments, "/load"));
}
Result<int> state_list(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "GET", std::string(kState));
}
Result<int> state_delete(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "DELETE", state_path(arguments));
}
Result<int> state_reset(const Arguments& arguments, Terminal& terminal) {
  return ask(arguments, terminal, "POST", std::string(kReset));
}

constexpr Command kCommands[] = {
    {"clock get", "Test profile: show the server's time", &no_arguments, &clock_get},
    {"clock set", "Test profile: set the server's time", &clock_set_options, &clock_set},
    {"clock advance", "Test profile: move the server's time", &clock_advance_options, &clock_advance},
    {"clock freeze", "Test profile: stop the server's clock", &no_arguments, &clock_freeze},
    {"clock run", "Test profile: start the server's clock again", &no_arguments, &clock_run},
    {"clock scale", "Test profile: run the server's clock faster or slower", &clock_scale_options, &clock_scale},
    {"clock follow", "Test profile: return to the system clock", &no_arguments, &clock_follow},
    {"fault list", "Test profile: list the ordered failures", &no_arguments, &fault_list},
    {"fault add", "Test profile: order a failure", &fault_add_options, &fault_add},
    {"fault remove", "Test profile: cancel an ordered failure", &fault_remove_options, &fault_remove},
    {"fault clear", "Test profile: cancel all ordered failures", &no_arguments, &fault_clear},
    {"state save", "Test profile: save the state of the server under a name", &state_options, &state_save},
    {"state load", "Test profile: restore a saved state", &state_options, &state_load},
    {"state list", "Test profile: list the saved states", &no_arguments, &state_list},
    {"state reset", "Test profile: return to the state after the first start", &no_arguments, &state_reset},
    {"state delete", "Test profile: delete a saved state", &state_options, &state_delete},
    {"log", "Test profile: show the last requests and the reasons for their responses", &log_options, &log},
};

}  // namespace

std::span<const Command> standin_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
