#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace quaymaster::http {

/// A coroutine on the thread of one connection. The concrete executor type avoids a type-erased hop on every resume.
template <class T = void>
using Task = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

}  // namespace quaymaster::http
