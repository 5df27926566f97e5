#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace quaymaster {

template <class Signature>
class UniqueFunction;

/// A callable that is owned and movable but not copyable, so that it may capture move-only values.
template <class R, class... Arguments>
class UniqueFunction<R(Arguments...)> {
 public:
  UniqueFunction() = default;
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> && std::is_invocable_r_v<R, F&, Arguments...>)
  UniqueFunction(F function) : held_(std::make_unique<Held<F>>(std::move(function))) {}  // NOLINT: implicit on purpose

  explicit operator bool() const { return held_ != nullptr; }
  R operator()(Arguments... arguments) { return held_->call(std::forward<Arguments>(arguments)...); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual R call(Arguments... arguments) = 0;
  };
  template <class F>
  struct Held final : Base {
    explicit Held(F f) : function(std::move(f)) {}
    R call(Arguments... arguments) override { return function(std::forward<Arguments>(arguments)...); }
    F function;
  };
  std::unique_ptr<Base> held_;
};

}  // namespace quaymaster
