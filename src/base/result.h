#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace quaymaster {

/// What `ok()` returns: converts to a Result<> without an Error.
struct Ok {};
inline constexpr Ok ok() {
  return {};
}

/// A value or an Error. Reading the absent one is a bug and aborts the process. Whatever converts to the value converts
/// to its Result. Moving never throws: no T here has a throwing move. Not a library type: every file includes it, so
/// its compile time counts (doc/decisions/0001-libraries.md).
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result(const T& value) : is_value_(true) { std::construct_at(&value_, value); }                 // NOLINT: implicit
  Result(T&& value) noexcept : is_value_(true) { std::construct_at(&value_, std::move(value)); }  // NOLINT: implicit
  Result(const Error& error) : is_value_(false) { std::construct_at(&error_, error); }            // NOLINT: implicit
  Result(Error&& error) noexcept : is_value_(false) { std::construct_at(&error_, std::move(error)); }  // NOLINT
  template <class From>
    requires(!std::is_same_v<std::remove_cvref_t<From>, T> && !std::is_same_v<std::remove_cvref_t<From>, Error> &&
             !std::is_same_v<std::remove_cvref_t<From>, Result> && std::is_convertible_v<From, T>)
  Result(From&& from) : is_value_(true) {  // NOLINT: implicit
    std::construct_at(&value_, std::forward<From>(from));
  }

  Result(const Result& other)
    requires std::is_copy_constructible_v<T>
      : is_value_(other.is_value_) {
    if (is_value_) {
      std::construct_at(&value_, other.value_);
    } else {
      std::construct_at(&error_, other.error_);
    }
  }
  Result(Result&& other) noexcept : is_value_(other.is_value_) { take(other); }
  Result& operator=(const Result& other)
    requires std::is_copy_constructible_v<T>
  {
    return *this = Result(other);
  }
  Result& operator=(Result&& other) noexcept {
    if (this != &other) {
      drop();
      is_value_ = other.is_value_;
      take(other);
    }
    return *this;
  }
  ~Result() { drop(); }

  bool has_value() const { return is_value_; }
  explicit operator bool() const { return is_value_; }

  T& value() & {
    demand(is_value_);
    return value_;
  }
  const T& value() const& {
    demand(is_value_);
    return value_;
  }
  T&& value() && {
    demand(is_value_);
    return std::move(value_);
  }
  Error& error() & {
    demand(!is_value_);
    return error_;
  }
  const Error& error() const& {
    demand(!is_value_);
    return error_;
  }
  Error&& error() && {
    demand(!is_value_);
    return std::move(error_);
  }

 private:
  static void demand(bool is_there) {
    if (!is_there) {
      std::terminate();
    }
  }
  void take(Result& other) noexcept {
    if (is_value_) {
      std::construct_at(&value_, std::move(other.value_));
    } else {
      std::construct_at(&error_, std::move(other.error_));
    }
  }
  void drop() noexcept {
    if (is_value_) {
      std::destroy_at(&value_);
    } else {
      std::destroy_at(&error_);
    }
  }

  union {
    T value_;
    Error error_;
  };
  bool is_value_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> : private Result<Ok> {
 public:
  using Result<Ok>::Result;
  using Result<Ok>::has_value;
  using Result<Ok>::operator bool;
  using Result<Ok>::error;
  void value() const { static_cast<void>(Result<Ok>::value()); }
};

}  // namespace quaymaster

// `TRY(const auto size, file.size());` and `TRY(file.sync());` return the error to the caller; CO_TRY does so from a
// coroutine. The result is assigned to whatever precedes the comma.
#define TRY(...) QM_TRY_PICK(__VA_ARGS__)(QM_TRY_NAME(__COUNTER__), return, __VA_ARGS__)
#define CO_TRY(...) QM_TRY_PICK(__VA_ARGS__)(QM_TRY_NAME(__COUNTER__), co_return, __VA_ARGS__)

#define QM_TRY_NAME(number) QM_TRY_JOIN(tried_, number)
#define QM_TRY_JOIN(a, b) a##b
#define QM_TRY_PICK(first, ...) QM_TRY_##__VA_OPT__(VALUE)  // QM_TRY_ for one argument, QM_TRY_VALUE for more
#define QM_TRY_(tried, leave, ...)                       \
  auto&& tried = (__VA_ARGS__);                          \
  if (!tried) [[unlikely]] {                             \
    leave static_cast<decltype(tried)&&>(tried).error(); \
  }
#define QM_TRY_VALUE(tried, leave, declared, ...) \
  QM_TRY_(tried, leave, __VA_ARGS__)              \
  declared = static_cast<decltype(tried)&&>(tried).value()
