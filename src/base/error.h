#pragma once

#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quaymaster {

/// The kinds of expected failure. Engines return kinds; providers choose the published row that a client reads.
enum class Errc {
  not_found,        // the named thing does not exist
  conflict,         // it exists, but its state forbids the operation
  precondition,     // a condition set by the caller does not hold (ETag, lease, generation)
  invalid,          // the input breaks a rule
  unauthenticated,  // the caller has no valid credentials
  forbidden,        // the caller lacks permission
  too_large,        // over a configured or fixed limit
  busy,             // temporary: try again later
  corrupt,          // stored bytes are not what they should be
  io,               // a device or the system failed
  no_space,         // the disk is full; passes when space is freed
  cancelled,        // stopped on request
  unsupported,      // understood, but not offered
};

std::string_view name(Errc kind);

/// One row of a provider's table of published errors. Tables are constexpr; a test walks every row.
struct ErrorRow {
  int status;                 // HTTP status
  std::string_view code;      // as published
  std::string_view sentence;  // what happened and what to do next; each "{}" is replaced by the next published argument
};

/// What a client may read. It is a separate type, so that a cause (a path, a key) cannot reach a client by accident:
/// the only way in is `published`, whose arguments the caller has chosen for the client to see.
struct Published {
  const ErrorRow* row = nullptr;                           // static storage
  std::string message;                                     // the row's sentence with its arguments filled in
  std::string target;                                      // the offending property or parameter, may be empty
  std::vector<std::pair<std::string, std::string>> extra;  // further elements that some faces render, in order
};

/// An expected failure: kind, cause for the log, and optionally what the client may read. As large as a pointer and
/// moved like one, since every Result has room for it; a moved-from Error can only be assigned to or destroyed.
class [[nodiscard]] Error {
 public:
  Error(Errc kind, std::string cause);
  Error(const Error& other);
  Error(Error&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Error& operator=(Error other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Error() {
    if (body_ != nullptr) {
      drop();
    }
  }

  Errc kind() const { return body_->kind; }
  const std::string& cause() const { return body_->cause; }

  /// Null when no provider chose a row; the face then renders its generic response for the kind.
  const Published* published() const { return body_->published ? &*body_->published : nullptr; }

  /// The same error, published to the client as `row` says. `arguments` replace the row's "{}" in order.
  template <class... Arguments>
  Error as(const ErrorRow& row, const Arguments&... arguments) && {
    publish(row, fmt::vformat(row.sentence, fmt::make_format_args(arguments...)));
    return std::move(*this);
  }
  Error at(std::string target) &&;                        // names the offending property; needs a published row
  Error with(std::string element, std::string value) &&;  // adds an extra element; needs a published row
  Error because(std::string_view context) &&;             // prefixes the cause: "context: cause"

 private:
  struct Body {
    Errc kind;
    std::string cause;
    std::optional<Published> published;
  };
  void publish(const ErrorRow& row, std::string message);
  void drop() noexcept;

  Body* body_;  // owned; not a unique_ptr, so that the destructor in thousands of callers is one comparison
};

/// An error whose cause equals the published sentence.
template <class... Arguments>
Error refuse(Errc kind, const ErrorRow& row, const Arguments&... arguments) {
  return Error(kind, fmt::vformat(row.sentence, fmt::make_format_args(arguments...))).as(row, arguments...);
}

namespace detail {
Error formatted(Errc kind, fmt::string_view cause, fmt::format_args arguments);
}

// One factory per kind: `return corrupt("pack has {} bytes", size);`
#define QM_ERROR_FACTORY(kind)                                                        \
  template <class... Arguments>                                                       \
  Error kind(fmt::format_string<Arguments...> cause, Arguments&&... arguments) {      \
    return detail::formatted(Errc::kind, cause, fmt::make_format_args(arguments...)); \
  }
QM_ERROR_FACTORY(not_found)
QM_ERROR_FACTORY(conflict)
QM_ERROR_FACTORY(precondition)
QM_ERROR_FACTORY(invalid)
QM_ERROR_FACTORY(unauthenticated)
QM_ERROR_FACTORY(forbidden)
QM_ERROR_FACTORY(too_large)
QM_ERROR_FACTORY(busy)
QM_ERROR_FACTORY(corrupt)
QM_ERROR_FACTORY(io)
QM_ERROR_FACTORY(no_space)
QM_ERROR_FACTORY(cancelled)
QM_ERROR_FACTORY(unsupported)
#undef QM_ERROR_FACTORY

/// The error of a failed system call: ENOENT is not_found, EACCES and EPERM forbidden, ENOSPC and EDQUOT no_space,
/// EEXIST conflict, everything else io. `what` names the operation and its object.
Error system_error(int error_number, std::string_view what);

}  // namespace quaymaster
