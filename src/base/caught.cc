#include "base/caught.h"

#include <exception>
#include <new>

#include "base/log.h"

namespace quaymaster {

Error escaped_error() {
  auto error = [] {
    try {
      throw;
    } catch (const std::bad_alloc&) {
      return busy("out of memory; try again later");
    } catch (const std::exception& exception) {
      return io("uncaught exception: {}", exception.what());
    } catch (...) {
      return io("uncaught exception of an unknown type");
    }
  }();
  log::error("server", "work failed: {}", error.cause());
  return error;
}

}  // namespace quaymaster
