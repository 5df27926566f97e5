#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/operation.h"
#include "arm/body_errors.h"
#include "arm/context.h"
#include "arm/linked_access.h"
#include "base/result.h"
#include "http/request.h"
#include "wire/json.h"

namespace quaymaster::arm {

/// The result of a handler: a wire struct (or wire::Json, or std::string holding serialized JSON), or nothing.
template <class T = void>
struct Reply {
  int status = 200;
  T body{};
  http::Headers headers{};
};
template <>
struct Reply<void> {
  int status = 200;
  http::Headers headers{};
};

/// A reply in its final form, as the face sends it.
struct Answer {
  int status = 200;
  std::string body;  // JSON, or empty
  http::Headers headers;
};

/// The decoded parameters of the path, in its order.
using PathParameters = std::vector<std::pair<std::string_view, std::string>>;

struct Operation;

/// How a row calls its handler. Created by `bind`.
struct Handler {
  using Call = Result<Answer> (*)(void* owner, Context& context, const PathParameters& path, std::string_view body);
  Call call = nullptr;          // null: not offered, Operation::note says why
  const void* owner = nullptr;  // identifies the class of a member function; null for plain functions
  bool takes_body = false;
  bool waits = false;            // reads much from disk: runs on the pool even when it changes nothing
  bool lists = false;            // returns a page of items with ids, some of which may be left out
  wire::ShapeOf body = nullptr;  // of the body struct; null: it accepts none
};

/// Where the permission of a row must be assigned.
enum class Reach {
  scope,   // at the scope of the path, or above
  inside,  // any role below it suffices as well: for what callers inside a subscription must be able to see
};

/// One operation of a provider. Router, version check, permission, handler and doc/api read this row.
struct Operation : api::Operation {
  constexpr Operation() = default;
  /// Fixed segments of the path match without case; it has no query. A row whose handler is `not_offered` needs a note.
  constexpr Operation(std::string_view row_id, http::Method row_method, std::string_view row_path,
                      std::string_view row_since, std::string_view row_action, const Handler& row_handler,
                      std::string_view row_note = {}, Reach row_reach = Reach::scope,
                      std::span<const Link> row_links = {})
      : api::Operation{row_id, row_method, row_path, row_since, row_action, row_note, row_handler.call != nullptr},
        handler(row_handler),
        reach(row_reach),
        links(row_links) {}

  Handler handler;
  Reach reach = Reach::scope;
  /// Every member of the body that names another resource; a test fails on an id that is not listed.
  std::span<const Link> links = {};
};

/// The resource that a request is about: its path, decoded, without the word of an action.
Result<std::string> scope_of(const http::Request& request, const Operation& operation);

/// An operation that is refused on purpose is a row as well: the answer is 501 NotSupported with the row's note.
inline constexpr Handler not_offered{};

/// One type as listed by `GET /subscriptions/{s}/providers`.
struct ResourceType {
  std::string_view name;                       // "jobs"; nested types are "vaults/backupJobs"
  std::span<const std::string_view> versions;  // newest first: az takes the first that is not a preview
};

/// A provider: its operations, and what the listing of providers shows about it. Spans and views are static.
struct Provider {
  std::string_view name;  // "Microsoft.ImportExport"; empty for Resource Manager's own paths
  std::span<const Operation> operations;
  std::span<const ResourceType> types;
  /// The versions named in its refusals, oldest first.
  std::span<const std::string_view> versions;
  std::string_view content_type = "application/json; charset=utf-8";
  const BodyErrors* body_errors = &kStandardBodyErrors;
};

/// A provider and the objects whose member functions its rows name, at most one per class. They outlive the face.
class Registration {
 public:
  /// Without owners: for tables of plain functions.
  template <class... Owners>
  explicit Registration(const Provider& provider, Owners&... owners);

  const Provider& provider() const { return *provider_; }
  /// The object that a handler is called on; null for plain functions, and when no object of its class was given.
  void* owner_of(const Handler& handler) const {
    for (const auto& [owner_class, owner] : owners_) {
      if (owner_class == handler.owner) {
        return owner;
      }
    }
    return nullptr;
  }

 private:
  const Provider* provider_;
  std::vector<std::pair<const void*, void*>> owners_;  // class and object
};

// The rest of this file: how `bind` turns a typed function into a Handler.
namespace detail {

/// Its address identifies the class without RTTI.
template <class Owner>
inline constexpr char kClass = 0;

/// The permission that the row requires.
std::string_view action_of(const Context& context);

/// Fills the string members of a path struct from the parameters of those names; aborts on a name that the row's path
/// does not have, which any test that calls the row reveals.
void read_path(const PathParameters& path, const wire::Shape& shape, void* object);

/// Errc::invalid with a row of the provider's BodyErrors.
Result<> read_body(const Context& context, std::string_view text, const wire::Shape& shape, void* object,
                   wire::Source source = wire::Source::client);

inline std::string_view id_of(const std::string& id) {
  return id;
}
inline std::string_view id_of(const std::optional<std::string>& id) {
  return id ? std::string_view(*id) : std::string_view();  // a resource without an id is shown to nobody
}

/// A page of a list whose entries have resource ids.
template <class T>
concept Listing = requires(T& page) {
  { id_of(page.value.front().id) } -> std::same_as<std::string_view>;
  page.next_link;
};

/// Removes from a page what the principal may not see. A page may become short or empty and still have a next one.
template <Listing T>
Result<> leave_out(const Context& context, T& page) {
  std::optional<Error> failed;
  std::erase_if(page.value, [&](const auto& entry) {
    const auto visible = context.issuer.allowed(context.principal, action_of(context), id_of(entry.id));
    if (!visible) {
      failed = visible.error();
    }
    return !visible || !visible.value();
  });
  return failed ? Result<>(*std::move(failed)) : ok();
}

template <class T>
Result<Answer> to_answer(const Context& context, Result<Reply<T>>&& reply) {
  if (!reply) {
    return std::move(reply).error();
  }
  if constexpr (Listing<T>) {
    if (context.partly_visible) {
      TRY(leave_out(context, reply.value().body));
    }
  }
  Answer answer{reply.value().status, {}, std::move(reply.value().headers)};
  if constexpr (std::is_same_v<T, std::string>) {
    answer.body = std::move(reply.value().body);
  } else if constexpr (!std::is_void_v<T>) {
    wire::append_json(answer.body, reply.value().body);
  }
  return answer;
}

template <class Path>
Path make_path(const PathParameters& parameters) {
  static_assert(wire::Described<Path>, "a path struct is described like a wire struct");
  Path path{};
  read_path(parameters, wire::shape<Path>(), &path);
  return path;
}

template <class Invoke, class T, class... Arguments>
Result<Answer> invoke(const Invoke& function, Context& context, const PathParameters& parameters,
                      std::string_view text) {
  static_assert(sizeof...(Arguments) <= 2, "a handler takes the context, a path struct and a body struct");
  if constexpr (sizeof...(Arguments) == 0) {
    return to_answer<T>(context, function(context));
  } else if constexpr (sizeof...(Arguments) == 1) {
    const auto path = make_path<std::remove_cvref_t<Arguments>...>(parameters);
    return to_answer<T>(context, function(context, path));
  } else {
    using Path = std::remove_cvref_t<std::tuple_element_t<0, std::tuple<Arguments...>>>;
    using Body = std::remove_cvref_t<std::tuple_element_t<1, std::tuple<Arguments...>>>;
    const auto path = make_path<Path>(parameters);
    Body body{};
    if constexpr (std::is_same_v<Body, wire::Json>) {
      body.text = std::string(text);  // raw: the handler merges it into the stored object
    } else {
      TRY(read_body(context, text, wire::shape<Body>(), &body));
      TRY(check_links(context, wire::shape<Body>(), &body));
    }
    return to_answer<T>(context, function(context, path, body));
  }
}

/// The shape of the body struct that a function accepts in addition to the path; null when it accepts none.
template <class... Arguments>
constexpr wire::ShapeOf body_of() {
  if constexpr (sizeof...(Arguments) == 2) {
    return &wire::shape<std::remove_cvref_t<std::tuple_element_t<1, std::tuple<Arguments...>>>>;
  } else {
    return nullptr;
  }
}

template <auto Function>
struct Bound;

template <class T, class... Arguments, Result<Reply<T>> (*Function)(Context&, Arguments...)>
struct Bound<Function> {
  static Result<Answer> call(void*, Context& context, const PathParameters& path, std::string_view body) {
    const auto function = [](Context& c, const auto&... arguments) { return Function(c, arguments...); };
    return invoke<decltype(function), T, Arguments...>(function, context, path, body);
  }
  static constexpr Handler kHandler{&call, nullptr,    sizeof...(Arguments) == 2,
                                    false, Listing<T>, body_of<Arguments...>()};
};

template <class Owner, class T, class... Arguments, Result<Reply<T>> (Owner::*Function)(Context&, Arguments...)>
struct Bound<Function> {
  static Result<Answer> call(void* owner, Context& context, const PathParameters& path, std::string_view body) {
    auto& object = *static_cast<Owner*>(owner);
    const auto function = [&object](Context& c, const auto&... arguments) {
      return (object.*Function)(c, arguments...);
    };
    return invoke<decltype(function), T, Arguments...>(function, context, path, body);
  }
  static constexpr Handler kHandler{&call, &kClass<Owner>, sizeof...(Arguments) == 2,
                                    false, Listing<T>,     body_of<Arguments...>()};
};

}  // namespace detail

/// The handler of a row: a function, or a member function of the registered owner, of one of the shapes
///   Result<Reply<T>> f(Context&)
///   Result<Reply<T>> f(Context&, const Path&)
///   Result<Reply<T>> f(Context&, const Path&, const Body&)
/// Path is a struct described with the parameter names of the row's path; Body a wire struct, or wire::Json for the
/// text as sent (a PATCH that is merged into the stored object: use arm::read_over). GET and HEAD run on the
/// connection's thread and must not block; everything else runs on the pool.
template <auto Function>
inline constexpr Handler bind = detail::Bound<Function>::kHandler;

/// The same for a GET that reads more than records: it runs on the pool as well.
template <auto Function>
inline constexpr Handler bind_waiting = [] {
  auto handler = bind<Function>;
  handler.waits = true;
  return handler;
}();

/// Merges a body into an object that already has values (PATCH): absent members stay. Errc::invalid with a row of the
/// provider's BodyErrors; Errc::forbidden as `require_linked`, also for what the object named before.
template <class T>
Result<> read_over(const Context& context, const wire::Json& body, T& object) {
  TRY(detail::read_body(context, body.text, wire::shape<T>(), &object, wire::Source::patch));
  return check_links(context, wire::shape<T>(), &object);
}

template <class... Owners>
Registration::Registration(const Provider& provider, Owners&... owners) : provider_(&provider) {
  (owners_.emplace_back(&detail::kClass<Owners>, &owners), ...);
}

}  // namespace quaymaster::arm
