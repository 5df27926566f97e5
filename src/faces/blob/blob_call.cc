#include "faces/blob/blob_call.h"

#include <utility>

#include "faces/blob/blob_errors.h"

namespace quaymaster::storage {

Error container_error(Error error) {
  if (error.published() != nullptr) {
    return error;
  }
  switch (error.kind()) {
    case Errc::not_found:
      return std::move(error).as(kContainerNotFound);
    case Errc::conflict:
      return std::move(error).as(kContainerExists);
    default:
      return error;
  }
}

Error blob_error(Error error, BlobCall& call) {
  if (error.published() != nullptr) {
    return error;
  }
  switch (error.kind()) {
    case Errc::not_found: {
      const bool container = call.blobs.get_container(call.address.account, call.address.container).has_value();
      return std::move(error).as(container ? kBlobNotFound : kContainerNotFound);
    }
    case Errc::conflict:
      return std::move(error).as(call.create_only ? kBlobOverwrite : kBlobExists);
    case Errc::unsupported:
      return std::move(error).as(kInvalidBlobType);
    default:
      return error;
  }
}

}  // namespace quaymaster::storage
