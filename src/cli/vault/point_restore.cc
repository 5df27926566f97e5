#include "cli/vault/point_restore.h"

#include <charconv>
#include <map>

namespace quaymaster::cli {
namespace {

struct FileSpec {
  std::string path;
  std::optional<std::string> folder;
  static constexpr auto wire() {
    return wire::fields({wire::field<&FileSpec::path>("path"), wire::field<&FileSpec::folder>("targetFolderPath")});
  }
};
struct Target {
  std::string name, account;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Target::name>("name"), wire::field<&Target::account>("targetResourceId")});
  }
};
struct Request {
  std::string type, recovery, source;
  std::optional<std::string> account, group, machine, directory, copy, kind;
  std::optional<std::vector<std::int64_t>> luns;
  std::optional<std::vector<FileSpec>> files;
  std::optional<Target> target;
  static constexpr auto wire() {
    using wire::field;
    using T = Request;
    return wire::fields({field<&T::type>("objectType"), field<&T::recovery>("recoveryType"),
                         field<&T::source>("sourceResourceId"), field<&T::account>("storageAccountId"),
                         field<&T::group>("targetResourceGroupId"), field<&T::machine>("targetVirtualMachineId"),
                         field<&T::directory>("quaymasterTargetDirectory"), field<&T::luns>("restoreDiskLunList"),
                         field<&T::copy>("copyOptions"), field<&T::kind>("restoreRequestType"),
                         field<&T::files>("restoreFileSpecs"), field<&T::target>("targetDetails")});
  }
};
struct Body {
  Request properties;
  static constexpr auto wire() { return wire::fields({wire::field<&Body::properties>("properties")}); }
};

struct JobError {
  std::string text;
  static constexpr auto wire() { return wire::fields({wire::field<&JobError::text>("errorString")}); }
};
struct ExtendedInfo {
  std::map<std::string, std::string> bag;
  std::optional<double> percent;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&ExtendedInfo::bag>("propertyBag"), wire::field<&ExtendedInfo::percent>("progressPercentage")});
  }
};
struct Job {
  struct Properties {
    std::string status, duration;
    std::vector<JobError> errors;
    std::optional<ExtendedInfo> info;
    static constexpr auto wire() {
      using wire::field;
      using T = Properties;
      return wire::fields({field<&T::status>("status"), field<&T::duration>("duration"),
                           field<&T::errors>("errorDetails"), field<&T::info>("extendedInfo")});
    }
  };
  std::string name;
  Properties properties;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Job::name>("name"), wire::field<&Job::properties>("properties")});
  }
};

std::string group_path(const Connection& connection, const std::string& group) {
  return fmt::format("/subscriptions/{}/resourceGroups/{}", connection.subscription, group);
}

Result<> refuse_unless(bool is_right, std::string_view why) {
  return is_right ? Result<>(ok()) : invalid("{}", why);
}

/// The resource id of an account; a plain name is in the given group, or in the vault's.
std::string account_id(const Connection& connection, const Arguments& arguments) {
  const auto account = arguments.text("account");
  return account.starts_with('/') ? account
                                  : fmt::format("{}/providers/Microsoft.Storage/storageAccounts/{}",
                                                group_path(connection, arguments.text("resource-group")), account);
}

Result<Request> machine_request(const Connection& connection, const Arguments& arguments, const ItemView& item) {
  for (const auto* option : {"share", "path", "into", "copy"}) {
    TRY(refuse_unless(!arguments.has(option), fmt::format("--{} is for shares, but {} is a virtual machine", option,
                                                          item.properties.friendly_name)));
  }
  Request request{"IaasVMRestoreRequest", "RestoreDisks", item.properties.source_id};
  const int places = (arguments.has("original") ? 1 : 0) + (arguments.has("as") ? 1 : 0) +
                     (arguments.has("account") && !arguments.has("to") ? 1 : 0) +
                     (arguments.has("to") && !arguments.has("as") && !arguments.has("original") ? 1 : 0);
  TRY(refuse_unless(places == 1,
                    "choose a target: one of --to DIRECTORY, --account NAME, --as MACHINE and --original"));
  const auto group = group_path(connection, arguments.text("target-group", arguments.text("resource-group")));
  if (arguments.has("original")) {
    request.recovery = "OriginalLocation";
  } else if (arguments.has("as")) {
    request.recovery = "AlternateLocation";
    request.machine = fmt::format("{}/providers/Microsoft.Compute/virtualMachines/{}", group, arguments.text("as"));
    request.group = group;
  } else if (arguments.has("target-group")) {
    request.group = group;
  }
  if (arguments.has("to")) {
    request.directory = arguments.text("to");
  }
  if (arguments.has("account")) {
    request.account = account_id(connection, arguments);
  }
  if (arguments.has("lun")) {
    request.luns.emplace();
    for (const auto& text : arguments.list("lun")) {
      std::int64_t lun = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), lun);
      TRY(refuse_unless(error == std::errc{} && end == text.data() + text.size(),
                        fmt::format("--lun: \"{}\" is not a whole number", text)));
      request.luns->push_back(lun);
    }
  }
  return request;
}

Result<Request> share_request(const Connection& connection, const Arguments& arguments, const ItemView& item) {
  for (const auto* option : {"to", "lun", "as", "target-group"}) {
    TRY(refuse_unless(!arguments.has(option), fmt::format("--{} is for virtual machines, but {} is a share", option,
                                                          item.properties.friendly_name)));
  }
  TRY(refuse_unless(arguments.has("original") != arguments.has("share"),
                    "choose a target: --original, or --account NAME --share NAME"));
  TRY(refuse_unless(arguments.has("share") == arguments.has("account"), "--account and --share go together"));
  Request request{"AzureFileShareRestoreRequest", "OriginalLocation", item.properties.source_id};
  request.copy = arguments.text("copy", "Overwrite");
  request.kind = "FullShareRestore";
  if (arguments.has("share")) {
    request.recovery = "AlternateLocation";
    request.target = Target{arguments.text("share"), account_id(connection, arguments)};
  }
  const auto folder = arguments.has("into") ? std::optional(arguments.text("into")) : std::nullopt;
  if (arguments.has("path")) {
    request.kind = "ItemLevelRestore";
    request.files.emplace();
    for (const auto& path : arguments.list("path")) {
      request.files->push_back({path, folder});
    }
  } else if (folder) {
    request.files = {{"", folder}};
  }
  return request;
}

}  // namespace

Result<std::string> restore_body(const Connection& connection, const Arguments& arguments, const ItemView& item) {
  TRY(auto request,
      item.is_machine() ? machine_request(connection, arguments, item) : share_request(connection, arguments, item));
  return wire::to_json(Body{std::move(request)});
}

Result<std::string> job_of(const OperationView& operation) {
  struct Named {
    std::string job;
    static constexpr auto wire() { return wire::fields({wire::field<&Named::job>("jobId")}); }
  };
  TRY(const auto named, wire::parse_stored<Named>(operation.properties ? operation.properties->text : "{}"));
  if (named.job.empty()) {
    return corrupt("the operation names no job");
  }
  return named.job;
}

Result<int> follow_restore(const std::function<Result<std::string>()>& get, const std::function<void()>& wait,
                           Terminal& terminal, bool json) {
  while (true) {
    TRY(const auto text, get());
    TRY(const auto job, wire::parse_stored<Job>(text));
    const auto& told = job.properties;
    if (told.status == "InProgress" || told.status == "Cancelling") {
      if (terminal.is_terminal && told.info && told.info->percent) {
        terminal.err(fmt::format("\r{} {:.1f} % ", told.status, *told.info->percent));
      }
      wait();
      continue;
    }
    if (terminal.is_terminal) {
      terminal.err("\r\033[K");
    }
    constexpr int kNotAll = 3;
    const int code = told.status == "Completed" ? 0 : kNotAll;
    if (json) {
      terminal.out(text + "\n");
      return code;
    }
    terminal.out(fmt::format("job {}: {} after {}\n", job.name, told.status, told.duration));
    for (const auto& [key, value] : told.info.value_or(ExtendedInfo{}).bag) {
      terminal.out(fmt::format("  {}: {}\n", key, value));
    }
    for (const auto& error : told.errors) {
      terminal.err(error.text + "\n");
    }
    return code;
  }
}

}  // namespace quaymaster::cli
