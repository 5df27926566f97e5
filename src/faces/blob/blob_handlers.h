#pragma once

#include "base/result.h"
#include "faces/blob/blob_call.h"
#include "http/message.h"

namespace quaymaster::storage {

// The handlers of the rows in blob_operations.cc. A BlobCall is taken by reference: the face awaits them inline.

// blob_listing.cc
Result<http::Reply> list_containers(BlobCall& call);
Result<http::Reply> list_blobs(BlobCall& call);

// blob_account.cc
Result<http::Reply> get_account_information(BlobCall& call);
Result<http::Reply> get_service_properties(BlobCall& call);
Result<http::Reply> set_service_properties(BlobCall& call);

// blob_containers.cc
Result<http::Reply> create_container(BlobCall& call);
Result<http::Reply> get_container_properties(BlobCall& call);
Result<http::Reply> set_container_metadata(BlobCall& call);
Result<http::Reply> delete_container(BlobCall& call);
Result<http::Reply> restore_container(BlobCall& call);

// blob_reading.cc
http::Task<Result<http::Reply>> get_blob(BlobCall& call);
Result<http::Reply> get_blob_properties(BlobCall& call);
Result<http::Reply> get_blob_metadata(BlobCall& call);

// blob_uploading.cc
http::Task<Result<http::Reply>> put_blob(BlobCall& call);
http::Task<Result<http::Reply>> put_block(BlobCall& call);

// blob_blocks.cc
Result<http::Reply> put_block_list(BlobCall& call);
Result<http::Reply> get_block_list(BlobCall& call);

// blob_changes.cc
Result<http::Reply> set_blob_properties(BlobCall& call);
Result<http::Reply> set_blob_metadata(BlobCall& call);
Result<http::Reply> set_blob_tier(BlobCall& call);
Result<http::Reply> snapshot_blob(BlobCall& call);
Result<http::Reply> delete_blob(BlobCall& call);
Result<http::Reply> undelete_blob(BlobCall& call);

}  // namespace quaymaster::storage
