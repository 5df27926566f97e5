#include "providers/recovery_services/jobs/job_exports.h"

#include "base/digests/digest.h"
#include "base/digests/seal.h"
#include "base/encode.h"
#include "identity/signatures/sas.h"
#include "providers/recovery_services/jobs/job_projection.h"
#include "providers/recovery_services/jobs/jobs_filter.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kExport = "recovery_services.export_jobs";
constexpr std::size_t kJobsAtOnce = 200;
constexpr std::string_view kSasVersion = "2021-12-02";

blob::BlobKey key_of_blob(std::string_view name) {
  return {std::string(kExportAccount), std::string(kExportContainer), std::string(name)};
}
std::string blob_of(std::string_view operation) {
  return fmt::format("exportjobs{}.json", operation);
}

struct ExportInfo {
  std::string object_type = "ExportJobsOperationResultInfo";
  std::string blob_url;
  std::string blob_sas_key;
  static constexpr auto wire() {
    using wire::field;
    using I = ExportInfo;
    return wire::fields(
        {field<&I::object_type>("objectType"), field<&I::blob_url>("blobUrl"), field<&I::blob_sas_key>("blobSasKey")});
  }
};
struct ExportResult {
  ExportInfo operation;
  std::map<std::string, std::string> headers;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&ExportResult::operation>("operation"), field<&ExportResult::headers>("headers")});
  }
};

/// Derived from the vaults' key, so that links survive a restart and no further secret is needed. A passphrase is
/// stretched: the holder of a link can test keys, and must not be able to test passphrases faster than the holder of
/// the disk can.
Buffer key_for_links(const vault::KeyEncryptionKey& key) {
  constexpr std::string_view kPurpose = "quaymaster: links to exported job lists";
  if (key.kind == vault::KeyEncryptionKey::Kind::passphrase) {
    const auto stretched = stretch_passphrase(as_text(key.secret), as_bytes(kPurpose), 1 << 15, 8, 1).value();
    return {stretched.begin(), stretched.end()};
  }
  const auto derived = hmac_sha256(key.secret, as_bytes(kPurpose));
  return {derived.begin(), derived.end()};
}

}  // namespace

JobExports::JobExports(Services& services, AsyncOperationRoutes& operations)
    : services_(services), key_(key_for_links(services_.vault_key)) {
  services_.engine.add(kind());
  operations.answer_result(
      AsyncOperationKind::export_jobs,
      [this](arm::Context& context, const AsyncOperationRecord& operation) { return result(context, operation); });
}

Result<> JobExports::start(store::Writer& writer, const Order& order) {
  TRY(services_.engine.create(writer, {std::string(kExport), order.vault, wire::to_json(order)}));
  return ok();
}

jobs::Kind JobExports::kind() {
  return {std::string(kExport),
          {{"remove_old", [this](jobs::Run& run) { return remove_old(run); }},
           {"write_blob", [this](jobs::Run& run) { return write_blob(run); }}},
          [](store::Writer& writer, const jobs::Record& record) -> Result<> {
            TRY(const auto order, wire::parse_stored<Order>(record.parameters));
            TRY(const auto id, parse_guid(order.operation));
            const auto outcome = record.state == jobs::State::succeeded   ? succeeded()
                                 : record.state == jobs::State::cancelled ? cancelled()
                                                                          : failed(Error(Errc::io, record.reason));
            return finish_operation(writer, id, outcome, record.ended.value_or(record.updated));
          }};
}

/// Exports are useless once their operation has been removed.
Result<> JobExports::remove_old(jobs::Run& run) {
  const std::string account(kExportAccount);
  const std::string container(kExportContainer);
  TRY(services_.database.write([&](store::Writer& writer) -> Result<> {
    TRY(run.hold(writer));
    return services_.blobs.ensure_container(writer, account, container);
  }));
  blob::ListRequest request;
  do {
    TRY(run.continue_or_cancel());
    TRY(const auto page, services_.blobs.list_blobs(account, container, request));
    for (const auto& item : page.items) {
      if (item.blob && item.blob->created + kOperationLife < run.clock().now()) {
        auto removed = services_.blobs.delete_blob(key_of_blob(item.blob->name), {});
        if (!removed && removed.error().kind() != Errc::not_found) {
          return removed.error();
        }
      }
    }
    request.marker = page.next_marker;
  } while (!request.marker.empty());
  return ok();
}

/// May be repeated: the blob appears as a whole at the end, and replaces that of an earlier attempt.
Result<> JobExports::write_blob(jobs::Run& run) {
  TRY(const auto order, wire::parse_stored<Order>(run.record().parameters));
  TRY(const auto vault, parse_guid(order.vault));
  TRY(const auto query, read_job_filter(order.filter));
  const JobReader reader{order.vault_path, order.api_version, run.clock().now()};
  const auto upload = services_.blobs.upload(blob::Hashing::md5);
  std::optional<JobKey> after;
  std::string text = "[";
  bool is_first = true;
  while (true) {
    TRY(run.continue_or_cancel());
    std::vector<BackupJob> jobs;
    TRY(services_.database.read([&](store::Reader& view) -> Result<> {
      TRY(jobs, list_jobs(view, vault, query, after, kJobsAtOnce));
      for (auto& job : jobs) {
        TRY(job, find_job(view, job.id));
      }
      return ok();
    }));
    for (const auto& job : jobs) {
      text += is_first ? "\n" : ",\n";
      is_first = false;
      wire::append_json(text, project(job, std::nullopt, reader, true));
    }
    if (jobs.size() < kJobsAtOnce) {
      break;
    }
    TRY(upload->append(as_bytes(text)));
    text.clear();
    after = key_of(jobs.back());
  }
  text += "\n]\n";
  TRY(upload->append(as_bytes(text)));
  TRY(auto content, upload->finish());
  blob::Properties properties;
  properties.content_type = "application/json";
  properties.md5 = blob::stored_md5(content->md5());
  TRY(services_.blobs.put_blob(key_of_blob(blob_of(order.operation)), std::move(content), std::move(properties), {},
                               {}));
  return ok();
}

std::string JobExports::signature(std::string_view blob, Time now) const {
  const auto expiry = std::chrono::floor<std::chrono::seconds>(now + kExportLinkLife);
  http::Query query = {
      {"sv", std::string(kSasVersion)}, {"se", format_time_short(Time{expiry})}, {"sr", "b"}, {"sp", "r"}};
  const identity::SasRequest request{query, kExportAccount, kExportContainer, blob};
  const auto signed_text = identity::service_sas_text(request);
  query.emplace_back("sig", base64(hmac_sha256(key_, as_bytes(signed_text))));
  std::string text;
  for (const auto& [name, value] : query) {
    text += fmt::format("{}{}={}", text.empty() ? "?" : "&", name, percent_encode(value));
  }
  return text;
}

Result<arm::Answer> JobExports::result(const arm::Context& context, const AsyncOperationRecord& operation) const {
  const auto blob = blob_of(operation.id.text());
  ExportResult told;
  told.operation.blob_url = fmt::format("{}/{}/{}/{}", services_.blob_address, kExportAccount, kExportContainer, blob);
  told.operation.blob_sas_key = signature(blob, context.now);
  return arm::Answer{200, wire::to_json(told), {}};
}

}  // namespace quaymaster::recovery_services
