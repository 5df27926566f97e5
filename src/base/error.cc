#include "base/error.h"

#include <array>
#include <cerrno>
#include <system_error>

#include "base/check.h"

namespace quaymaster {

std::string_view name(Errc kind) {
  static constexpr std::array<std::string_view, 13> kNames{
      "not_found", "conflict", "precondition", "invalid",  "unauthenticated", "forbidden",  "too_large",
      "busy",      "corrupt",  "io",           "no_space", "cancelled",       "unsupported"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Error::Error(Errc kind, std::string cause) : body_(new Body{kind, std::move(cause), std::nullopt}) {}

Error::Error(const Error& other) : body_(new Body(*other.body_)) {}

void Error::drop() noexcept {
  delete body_;
}

void Error::publish(const ErrorRow& row, std::string message) {
  body_->published = Published{&row, std::move(message), {}, {}};
}

Error Error::at(std::string target) && {
  check(body_->published.has_value());
  body_->published->target = std::move(target);
  return std::move(*this);
}

Error Error::with(std::string element, std::string value) && {
  check(body_->published.has_value());
  body_->published->extra.emplace_back(std::move(element), std::move(value));
  return std::move(*this);
}

Error Error::because(std::string_view context) && {
  body_->cause = fmt::format("{}: {}", context, body_->cause);
  return std::move(*this);
}

Error detail::formatted(Errc kind, fmt::string_view cause, fmt::format_args arguments) {
  return Error(kind, fmt::vformat(cause, arguments));
}

Error system_error(int error_number, std::string_view what) {
  const auto kind = [&] {
    switch (error_number) {
      case ENOENT:
      case ENOTDIR:
        return Errc::not_found;
      case EACCES:
      case EPERM:
        return Errc::forbidden;
      case ENOSPC:
      case EDQUOT:
        return Errc::no_space;
      case EEXIST:
        return Errc::conflict;
      default:
        return Errc::io;
    }
  }();
  return Error(kind, fmt::format("{}: {}", what, std::generic_category().message(error_number)));
}

}  // namespace quaymaster
