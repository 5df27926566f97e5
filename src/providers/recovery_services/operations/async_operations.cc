#include "providers/recovery_services/operations/async_operations.h"

#include "arm/errors.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/vault_record.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

using State = AsyncOperationRecord::State;

// Databases of older versions already have these tables, created under another schema.
constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE IF NOT EXISTS rs_operations (
  id TEXT PRIMARY KEY,
  vault TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  state INTEGER NOT NULL,
  properties TEXT NOT NULL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS rs_operations_ended ON rs_operations (ended) WHERE ended IS NOT NULL;
)",
};

/// The names on the wire, by State (backup.md 5.2: one l in Canceled).
constexpr std::string_view kStateNames[] = {"InProgress", "Succeeded", "Failed", "Canceled"};
/// How .NET writes an unset time.
constexpr std::string_view kNotEnded = "0001-01-01T00:00:00";
constexpr int kRetrySeconds = 1;

struct WireError {
  std::string code;
  std::string message;
  static constexpr auto wire() {
    return wire::fields({wire::field<&WireError::code>("code"), wire::field<&WireError::message>("message")});
  }
};

struct StatusBody {
  std::string id;
  std::string name;
  std::string status;
  std::string start_time;
  std::string end_time;
  std::optional<wire::Json> properties;
  std::optional<WireError> error;
  static constexpr auto wire() {
    using wire::field;
    using B = StatusBody;
    return wire::fields({field<&B::id>("id"), field<&B::name>("name"), field<&B::status>("status"),
                         field<&B::start_time>("startTime"), field<&B::end_time>("endTime"),
                         field<&B::properties>("properties"), field<&B::error>("error")});
  }
};

/// The status of the vault's own operations has no times.
struct VaultStatusBody {
  std::string id;
  std::string name;
  std::string status;
  std::optional<WireError> error;
  static constexpr auto wire() {
    using wire::field;
    using B = VaultStatusBody;
    return wire::fields(
        {field<&B::id>("id"), field<&B::name>("name"), field<&B::status>("status"), field<&B::error>("error")});
  }
};

std::optional<WireError> error_of(const AsyncOperationRecord& operation) {
  if (operation.error_code.empty()) {
    return std::nullopt;
  }
  return WireError{operation.error_code, operation.error_message};
}

Result<AsyncOperationRecord> operation_of(const store::Row& row) {
  AsyncOperationRecord operation;
  TRY(operation.id, row.guid(0));
  operation.vault = row.text(1);
  const auto kind = wire::value_of<AsyncOperationKind>(row.text(2));
  if (!kind) {
    return corrupt("the operation {} is of kind '{}'", row.text(0), row.text(2));
  }
  operation.kind = *kind;
  operation.subject = row.text(3);
  operation.state = static_cast<State>(row.integer(4));
  operation.properties = row.text(5);
  operation.error_code = row.text(6);
  operation.error_message = row.text(7);
  operation.started = row.time(8);
  if (!row.is_null(9)) {
    operation.ended = row.time(9);
  }
  return operation;
}

/// The number before the id in the names of vault operations. Source: recorded traffic, backup.md 5.2.
int number_of(AsyncOperationKind kind) {
  return kind == AsyncOperationKind::delete_vault ? 1023 : kind == AsyncOperationKind::create_vault ? 2047 : 4095;
}

Result<Guid> id_of_vault_operation(std::string_view name) {
  TRY(const auto bytes, decode_base64(name));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto at = text.find(';');
  return parse_guid(at == std::string_view::npos ? std::string_view{} : text.substr(at + 1));
}

/// The status route that belongs to a result route: "…/operationResults/<id>" becomes "…/operationsStatus/<id>".
std::string status_address(std::string location) {
  constexpr std::string_view kResults = "/operationresults/";
  const auto at = to_lower(location).rfind(kResults);
  return at == std::string::npos ? location : location.replace(at, kResults.size(), "/operationsStatus/");
}

bool is_of_vault(AsyncOperationKind kind) {
  return kind <= AsyncOperationKind::delete_vault;
}

}  // namespace

store::Schema operations_schema() {
  return {"recovery_services_operations", kSteps};
}

Outcome succeeded() {
  return {};
}
Outcome succeeded_with_job(const Guid& job) {
  return {State::succeeded,
          fmt::format(R"({{"objectType":"OperationStatusJobExtendedInfo","jobId":"{}"}})", job.text())};
}
Outcome succeeded_with_jobs(std::span<const Guid> jobs) {
  std::string text = R"({"objectType":"OperationStatusJobsExtendedInfo","jobIds":[)";
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    text += fmt::format("{}\"{}\"", i == 0 ? "" : ",", jobs[i].text());
  }
  return {State::succeeded, text + R"(],"failedJobsError":{}})"};
}
Outcome failed(std::string code, std::string message) {
  return {State::failed, {}, std::move(code), std::move(message)};
}
Outcome failed(const Error& error) {
  if (const auto* published = error.published()) {
    return failed(std::string(published->row->code), published->message);
  }
  const auto& row = arm::generic_row(error.kind());
  return failed(std::string(row.code), std::string(row.sentence));
}
Outcome cancelled() {
  return {State::cancelled};
}

Result<> create_operation(store::Writer& writer, const NewAsyncOperation& operation, Time now) {
  TRY(
      writer.change("INSERT INTO rs_operations (id, vault, kind, subject, state, properties, error_code, "
                    "error_message, started, ended) VALUES (?, ?, ?, ?, 0, '', '', '', ?, NULL)",
                    operation.id.text(), operation.vault, wire::text_of(operation.kind), operation.subject, now));
  return ok();
}

Result<> finish_operation(store::Writer& writer, const Guid& id, const Outcome& outcome, Time now) {
  TRY(const auto changed,
      writer.change("UPDATE rs_operations SET state = ?, properties = ?, error_code = ?, error_message = ?, ended = ? "
                    "WHERE id = ? AND state = 0",
                    static_cast<int>(outcome.state), outcome.properties, outcome.error_code, outcome.error_message, now,
                    id.text()));
  if (changed > 0) {
    return ok();
  }
  TRY(const bool is_there,
      writer.first("SELECT 1 FROM rs_operations WHERE id = ?", [](const store::Row&) {}, id.text()));
  return is_there ? Result<>(ok()) : not_found("there is no operation {}", id.text());
}

Result<AsyncOperationRecord> find_operation(store::Reader& reader, std::string_view vault, const Guid& id) {
  std::optional<AsyncOperationRecord> found;
  TRY(reader.each(
      "SELECT id, vault, kind, subject, state, properties, error_code, error_message, started, ended "
      "FROM rs_operations WHERE id = ? AND vault = ?",
      [&](const store::Row& row) -> Result<> {
        TRY(found, operation_of(row));
        return ok();
      },
      id.text(), vault));
  if (!found) {
    return not_found("there is no operation {}", id.text());
  }
  return *std::move(found);
}

Result<std::int64_t> purge_operations(store::Writer& writer, Time before, std::size_t limit) {
  return writer.change(
      "DELETE FROM rs_operations WHERE id IN (SELECT id FROM rs_operations WHERE ended IS NOT NULL AND ended < ? "
      "ORDER BY ended LIMIT ?)",
      before, limit);
}

void add_operation_headers(http::Headers& headers, const arm::Context& context, std::string_view vault_path,
                           std::string_view status, std::string_view result) {
  const auto address = [&](std::string_view path) {
    return fmt::format("{}{}/{}?api-version={}", context.base, vault_path, path, context.api_version);
  };
  if (!status.empty()) {
    headers.set("Azure-AsyncOperation", address(status));
  }
  if (!result.empty()) {
    headers.set("Location", address(result));
  }
  headers.set("Retry-After", std::to_string(kRetrySeconds));
}

std::string operation_status_body(const AsyncOperationRecord& operation) {
  StatusBody body;
  body.id = operation.id.text();
  body.name = body.id;
  body.status = kStateNames[static_cast<int>(operation.state)];
  body.start_time = format_time_short(operation.started);
  // The end is reported equal to the start, as recorded; it only shows that the operation has ended.
  body.end_time = operation.ended ? body.start_time : std::string(kNotEnded);
  if (operation.state == State::succeeded && !operation.properties.empty()) {
    body.properties = wire::Json{operation.properties};
  }
  body.error = error_of(operation);
  return wire::to_json(body);
}

std::string vault_operation_name(AsyncOperationKind kind, const Guid& id) {
  const auto text = fmt::format("{};{}", number_of(kind), id.text());
  return base64(as_bytes(text));
}

Result<AsyncOperationRecord> AsyncOperationRoutes::look_up(arm::Context& context, const VaultChildPath& path,
                                                           const Result<Guid>& id) {
  const auto vault =
      to_lower(arm::resource_id(path.subscription, path.group, "Microsoft.RecoveryServices/vaults", path.vault));
  std::optional<AsyncOperationRecord> found;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    if (id) {
      auto operation = find_operation(reader, vault, id.value());
      if (operation) {
        found = std::move(operation).value();
        return ok();
      }
      if (operation.error().kind() != Errc::not_found) {
        return std::move(operation).error();
      }
    }
    TRY(find_vault(reader, path));  // a missing vault is reported first
    return refuse(Errc::not_found, errors::kOperationNotFound, path.name);
  }));
  return *std::move(found);
}

Result<arm::Reply<std::string>> AsyncOperationRoutes::status(arm::Context& context, const VaultChildPath& path) {
  TRY(const auto operation, look_up(context, path, parse_guid(path.name)));
  return arm::Reply<std::string>{200, operation_status_body(operation)};
}

Result<arm::Reply<std::string>> AsyncOperationRoutes::result(arm::Context& context, const VaultChildPath& path) {
  TRY(const auto operation, look_up(context, path, parse_guid(path.name)));
  return render(context, operation);
}

Result<arm::Reply<std::string>> AsyncOperationRoutes::vault_status(arm::Context& context, const VaultChildPath& path) {
  TRY(const auto operation, look_up(context, path, id_of_vault_operation(path.name)));
  VaultStatusBody body;
  body.name = vault_operation_name(operation.kind, operation.id);
  body.id = fmt::format("{}{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}/operationStatus/{}",
                        context.subscriptions_prefix(), path.subscription, path.group, path.vault, body.name);
  body.status = kStateNames[static_cast<int>(operation.state)];
  body.error = error_of(operation);
  return arm::Reply<std::string>{200, wire::to_json(body)};
}

Result<arm::Reply<std::string>> AsyncOperationRoutes::vault_result(arm::Context& context, const VaultChildPath& path) {
  TRY(const auto operation, look_up(context, path, id_of_vault_operation(path.name)));
  return render(context, operation);
}

/// Running: 202 again, with the address to poll. Failed: the error, as if the original request had returned it.
/// Otherwise whatever the kind's Render returns.
Result<arm::Reply<std::string>> AsyncOperationRoutes::render(arm::Context& context,
                                                             const AsyncOperationRecord& operation) {
  arm::Reply<std::string> reply;
  switch (operation.state) {
    case State::in_progress: {
      const bool has_body = operation.kind == AsyncOperationKind::register_container ||
                            operation.kind == AsyncOperationKind::unregister_container;
      const auto location =
          fmt::format("{}{}?api-version={}", context.base, context.request.raw_path, context.api_version);
      reply.status = 202;
      reply.body = has_body ? "{}" : "";                        // recorded for containers, backup.md 5.1
      if (operation.kind == AsyncOperationKind::export_jobs) {  // backup.md 14.6
        reply.body = R"({"operation":{"objectType":"ExportJobsOperationResultInfo"},"headers":{"Location":[)";
        wire::append_json_string(reply.body, location);
        reply.body += fmt::format(R"(],"Retry-After":["{}"]}}}})", kRetrySeconds);
      }
      if (operation.kind ==
          AsyncOperationKind::register_container) {  // recorded: both headers, not only the address to poll
        reply.headers.add("Azure-AsyncOperation", status_address(location));
      }
      reply.headers.add("Location", location);
      reply.headers.add("Retry-After", std::to_string(kRetrySeconds));
      return reply;
    }
    case State::failed:
    case State::cancelled: {
      struct Body {
        WireError error;
        static constexpr auto wire() { return wire::fields({wire::field<&Body::error>("error")}); }
      };
      Body body{error_of(operation).value_or(
          WireError{"OperationCanceled", "The operation was cancelled before it finished."})};
      reply.status = 400;
      reply.body = wire::to_json(body);
      return reply;
    }
    case State::succeeded:
      break;
  }
  if (operation.kind == AsyncOperationKind::backup || operation.kind == AsyncOperationKind::restore) {
    return arm::Reply<std::string>{200, operation_status_body(operation)};
  }
  const auto own = renders_.find(operation.kind);
  if (own == renders_.end()) {
    reply.status = is_of_vault(operation.kind) ? 200 : 204;
    return reply;
  }
  TRY(auto answer, own->second(context, operation));
  reply.status = answer.status;
  reply.body = std::move(answer.body);
  reply.headers = std::move(answer.headers);
  return reply;
}

}  // namespace quaymaster::recovery_services
