#include <utility>

#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_service_settings.h"

namespace quaymaster::storage {

Result<http::Reply> get_account_information(BlobCall& call) {
  http::Reply reply;
  reply.headers.add("x-ms-sku-name", call.account.sku);
  reply.headers.add("x-ms-account-kind", call.account.kind);
  reply.headers.add("x-ms-is-hns-enabled", "false");
  return reply;
}

Result<http::Reply> get_service_properties(BlobCall& call) {
  TRY(const auto settings, load_service_settings(call.database, call.address.account));
  http::Reply reply;
  reply.headers.add("Content-Type", "application/xml");
  TRY(const auto keeping, call.blobs.get_keeping(call.address.account));
  reply.body = write_service_settings(settings, keeping);
  return reply;
}

Result<http::Reply> set_service_properties(BlobCall& call) {
  TRY(auto settings, parse_service_settings(call.document));
  TRY(const auto retention, take_retention(settings));
  TRY(save_service_settings(call.database, call.address.account, std::move(settings)));
  if (retention) {
    TRY(call.blobs.change_keeping(call.address.account, [&](blob::Keeping& keeping) {
      keeping.blob_days = retention->days;
      keeping.permanent_delete = retention->permanent_delete;
    }));
  }
  http::Reply reply;
  reply.status = 202;
  return reply;
}

}  // namespace quaymaster::storage
