#include "standin/plane.h"

#include <charconv>

#include "api/document.h"
#include "api/operation.h"
#include "base/duration.h"
#include "base/encode.h"
#include "http/offload.h"
#include "wire/json.h"

namespace quaymaster::standin {
namespace {

constexpr std::size_t kLargestBody = 64 * kKiB;

/// The arguments of a row's function.
struct Call {
  const Plane::Parts& parts;
  const http::Request& request;
  const std::vector<std::pair<std::string_view, std::string>>& path;
  std::string_view body;
};

struct ClockWire {
  Time now;
  bool frozen = false;
  double scale = 1;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&ClockWire::now>("now"), field<&ClockWire::frozen>("frozen"), field<&ClockWire::scale>("scale")});
  }
};

/// Applied in this order: follow, set, advance, scale, frozen.
struct Steering {
  bool follow = false;
  std::optional<Time> set;
  std::optional<std::string> advance;  // ISO 8601 duration, "-PT1H" goes back
  std::optional<double> scale;
  std::optional<bool> frozen;
  static constexpr auto wire() {
    using wire::field;
    using S = Steering;
    return wire::fields({field<&S::follow>("follow"), field<&S::set>("set"), field<&S::advance>("advance"),
                         field<&S::scale>("scale"), field<&S::frozen>("frozen")});
  }
};

template <class T>
struct List {
  std::vector<T> value;
  static constexpr auto wire() { return wire::fields({wire::field<&List::value>("value")}); }
};

Result<std::string> show_clock(Call call) {
  const auto state = call.parts.clock.state();
  return wire::to_json(ClockWire{state.now, state.frozen, state.scale});
}

Result<std::string> steer_clock(Call call) {
  TRY(const auto steering, wire::parse_strict<Steering>(call.body));
  auto& clock = call.parts.clock;
  if (steering.follow) {
    clock.follow();
  }
  if (steering.set) {
    clock.set(*steering.set);
  }
  if (steering.advance) {
    TRY(const auto by, parse_duration(*steering.advance));
    TRY(clock.advance(by));
  }
  if (steering.scale) {
    TRY(clock.scale(*steering.scale));
  }
  if (steering.frozen) {
    clock.freeze(*steering.frozen);
  }
  return show_clock(call);
}

Result<std::string> list_faults(Call call) {
  return wire::to_json(List<Fault>{call.parts.faults.list()});
}

Result<std::string> add_fault(Call call) {
  TRY(auto fault, wire::parse_strict<Fault>(call.body));
  auto text = wire::to_json(fault);
  TRY(call.parts.faults.add(std::move(fault)));
  return text;
}

Result<std::string> remove_fault(Call call) {
  TRY(call.parts.faults.remove(call.path.front().second));
  return std::string("{}");
}

Result<std::string> clear_faults(Call call) {
  call.parts.faults.clear();
  return std::string("{}");
}

Result<std::int64_t> number(const http::Request& request, std::string_view name, std::int64_t otherwise) {
  const auto text = request.parameter(name);
  if (!text) {
    return otherwise;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < 0) {
    return invalid("'{}' is a number that is not negative", name);
  }
  return value;
}

Result<std::string> show_log(Call call) {
  TRY(const auto after, number(call.request, "after", 0));
  TRY(const auto limit, number(call.request, "limit", RequestLog::kKept));
  return wire::to_json(List<LoggedRequest>{call.parts.log.after(after, static_cast<std::size_t>(limit))});
}

Result<std::string> list_states(Call call) {
  return call.parts.states.list_states();
}
Result<std::string> save_state(Call call) {
  return call.parts.states.save_state(call.path.front().second);
}
Result<std::string> load_state(Call call) {
  return call.parts.states.load_state(call.path.front().second);
}
Result<std::string> delete_state(Call call) {
  return call.parts.states.delete_state(call.path.front().second);
}
Result<std::string> reset(Call call) {
  return call.parts.states.reset();
}

struct KindStatus {
  Errc kind;
  int status;
  std::string_view code;
};
constexpr KindStatus kStatuses[] = {{Errc::not_found, 404, "NotFound"},           {Errc::conflict, 409, "Conflict"},
                                    {Errc::unsupported, 409, "NotSupported"},     {Errc::busy, 409, "Busy"},
                                    {Errc::too_large, 413, "RequestTooLarge"},    {Errc::corrupt, 500, "Damaged"},
                                    {Errc::no_space, 507, "InsufficientStorage"}, {Errc::io, 500, "InternalError"}};

http::Reply render(Result<std::string> result) {
  http::Reply reply;
  reply.operation = "admin plane";
  reply.headers.add("Content-Type", "application/json; charset=utf-8");
  reply.headers.add("Cache-Control", "no-store");
  if (result) {
    reply.body = std::move(result).value();
    return reply;
  }
  KindStatus row{Errc::invalid, 400, "InvalidRequest"};
  for (const auto& known : kStatuses) {
    row = known.kind == result.error().kind() ? known : row;
  }
  reply.status = row.status;
  reply.cause = result.error().cause();
  reply.body = fmt::format(R"({{"error":{{"code":"{}","message":)", row.code);
  wire::append_json_string(reply.body, result.error().cause());
  reply.body += "}}";
  return reply;
}

/// The media type of a Content-Type field, without its parameters.
std::string_view media_type(std::string_view field) {
  field = field.substr(0, field.find(';'));
  while (field.ends_with(' ') || field.ends_with('\t')) {
    field.remove_suffix(1);
  }
  return field;
}

http::Reply render(int status, std::string_view code, std::string_view message) {
  auto reply = render(invalid("{}", message));
  reply.status = status;
  reply.body = fmt::format(R"({{"error":{{"code":"{}","message":"{}"}}}})", code, message);
  return reply;
}

/// Does a browser send this for a page that is not of this exact origin? Sources: RFC 6454, 7 (Origin, "null" for a
/// page without one); W3C Fetch Metadata (Sec-Fetch-Site, "none" for an address the user typed).
bool is_foreign(const http::Request& request) {
  const auto origin = request.headers.get("Origin");
  const auto ours = fmt::format("{}://{}", request.secure ? "https" : "http", request.headers.get("Host").value_or(""));
  const auto site = request.headers.get("Sec-Fetch-Site").value_or("none");
  return (origin && !equal_ignoring_case(*origin, ours)) || (site != "none" && site != "same-origin");
}

/// How a row's function is called.
enum class Form {
  plain,
  takes_body,
  blocks,  // on the pool
};

/// There are no api-versions, and nobody signs in.
struct AdminOperation : api::Operation {
  constexpr AdminOperation(std::string_view row_id, http::Method row_method, std::string_view row_path,
                           Result<std::string> (*row_answer)(Call call), Form row_form, std::string_view row_note)
      : api::Operation{row_id, row_method, row_path, {}, {}, row_note, true}, answer(row_answer), form(row_form) {}

  Result<std::string> (*answer)(Call call);
  Form form;
};

using enum http::Method;
constexpr AdminOperation kRows[] = {
    {"Clock_Get", get, "/_quaymaster/clock", &show_clock, Form::plain, "`now`, `frozen` and `scale`."},
    {"Clock_Steer", put, "/_quaymaster/clock", &steer_clock, Form::takes_body,
     "Any of `follow`, `set`, `advance`, `scale` and `frozen`, applied in this order."},
    {"Faults_List", get, "/_quaymaster/faults", &list_faults, Form::plain, ""},
    {"Faults_Add", post, "/_quaymaster/faults", &add_fault, Form::takes_body, ""},
    {"Faults_Clear", del, "/_quaymaster/faults", &clear_faults, Form::plain, "Removes all."},
    {"Faults_Remove", del, "/_quaymaster/faults/{name}", &remove_fault, Form::plain, ""},
    {"Log_List", get, "/_quaymaster/log", &show_log, Form::plain,
     "The last requests: up to `limit` of those with numbers above `after`."},
    {"States_List", get, "/_quaymaster/state", &list_states, Form::blocks, ""},
    {"States_Save", put, "/_quaymaster/state/{name}", &save_state, Form::blocks, "Replaces a state of that name."},
    {"States_Load", post, "/_quaymaster/state/{name}/load", &load_state, Form::blocks, ""},
    {"States_Delete", del, "/_quaymaster/state/{name}", &delete_state, Form::blocks, ""},
    {"States_Reset", post, "/_quaymaster/reset", &reset, Form::blocks, "As after the first start."},
};

std::vector<api::Pattern> patterns() {
  std::vector<api::Pattern> all;
  for (const auto& row : kRows) {
    all.push_back({row.method, row.path});
  }
  return all;
}

}  // namespace

std::string document_admin_operations() {
  std::vector<api::DocumentRow> rows;
  for (const auto& row : kRows) {
    rows.push_back({&row, "none"});
  }
  return api::document({std::string(kAdminPage),
                        "Exists only in the test profile, on the port of Resource Manager, without api-versions and "
                        "without authentication. Every change is sent with `Content-Type: application/json`. What the "
                        "requests do: [stand-in](../stand-in.md).",
                        {}},
                       rows);
}

Plane::Plane(Parts parts) : parts_(parts), router_(patterns()) {}

http::Task<http::Reply> Plane::handle(http::Request& request, http::Body& body) {
  auto found = router_.find(request.method, request.raw_path);
  if (!found) {
    co_return render(std::move(found).error());
  }
  const auto& match = found.value();
  if (match.kind == api::Match::Kind::unknown) {
    co_return render(not_found("the admin plane has no such path; see doc/stand-in.md"));
  }
  if (match.kind == api::Match::Kind::wrong_method) {
    auto reply = render(invalid("this path does not support {}", http::name(request.method)));
    reply.status = 405;
    co_return reply;
  }
  const AdminOperation& row = kRows[match.row];
  constexpr std::string_view kJson = "application/json";
  if (is_foreign(request)) {
    static_cast<void>(co_await http::read_all(body, kLargestBody));
    co_return render(403, "ForeignOrigin", "The admin plane is not for web pages of other origins.");
  }
  const auto type = media_type(request.headers.get("Content-Type").value_or(""));
  if (row.method != http::Method::get && !equal_ignoring_case(type, kJson)) {
    static_cast<void>(co_await http::read_all(body, kLargestBody));
    co_return render(
        415, "UnsupportedMediaType",
        "Send the field 'Content-Type: application/json' with every change, even one that has no content.");
  }
  std::string text;
  if (row.form == Form::takes_body) {
    auto read = co_await http::read_all(body, kLargestBody);
    if (!read) {
      auto reply = render(std::move(read).error());
      reply.close = true;  // the rest of the body was not read
      co_return reply;
    }
    text = std::move(read).value();
  }
  auto answer = [&] { return render(row.answer({parts_, request, match.parameters, text})); };
  if (row.form == Form::blocks) {
    co_return co_await http::offload(parts_.pool, answer);
  }
  co_return answer();
}

}  // namespace quaymaster::standin
