#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "wire/field.h"

// Backup jobs on the wire. Source: backup.md 14.3, types AzureIaaSVMJob and AzureStorageJob. Bags are wire::Json since
// their keys have an order.
namespace quaymaster::recovery_services {

struct WireJobTask {
  std::string task_id;
  std::optional<std::string> start_time, end_time;
  std::string duration;
  std::string status;
  std::optional<wire::Json> progress_percentage;
  std::optional<std::string> execution_details;
  std::optional<std::string> task_type;

  static constexpr auto wire() {
    using wire::field;
    using T = WireJobTask;
    return std::tuple{field("taskId", &T::task_id),
                      field("startTime", &T::start_time),
                      field("endTime", &T::end_time),
                      field("duration", &T::duration),
                      field("status", &T::status),
                      field("progressPercentage", &T::progress_percentage),
                      field("taskExecutionDetails", &T::execution_details),
                      field("taskType", &T::task_type)};
  }
};

struct WireJobError {
  std::int64_t error_code = 0;
  std::optional<std::string> error_title;
  std::string error_string;
  std::vector<std::string> recommendations;

  static constexpr auto wire() {
    using wire::field;
    using E = WireJobError;
    return std::tuple{field("errorCode", &E::error_code), field("errorTitle", &E::error_title),
                      field("errorString", &E::error_string), field("recommendations", &E::recommendations)};
  }
};

struct WireJobExtendedInfo {
  std::vector<WireJobTask> tasks;
  wire::Json bag;
  std::optional<wire::Json> internal_bag;
  std::optional<wire::Json> progress_percentage;  // one decimal always: 1.0
  std::optional<std::string> estimated_remaining;
  std::optional<std::string> dynamic_error_message;

  static constexpr auto wire() {
    using wire::field;
    using I = WireJobExtendedInfo;
    return std::tuple{field("tasksList", &I::tasks),
                      field("propertyBag", &I::bag),
                      field("internalPropertyBag", &I::internal_bag),
                      field("progressPercentage", &I::progress_percentage),
                      field("estimatedRemainingDuration", &I::estimated_remaining),
                      field("dynamicErrorMessage", &I::dynamic_error_message)};
  }
};

struct WireJobProperties {
  std::string job_type;
  std::optional<wire::Json> actions;
  std::optional<std::string> container_name;
  std::string duration;
  std::optional<std::vector<WireJobError>> errors;
  std::optional<std::string> machine_version;
  std::optional<std::string> account_name, account_version;
  std::optional<WireJobExtendedInfo> extended;
  std::optional<bool> user_triggered;
  std::string entity, management_type, operation, status;
  Time start_time;
  std::optional<Time> end_time;
  std::string activity;

  static constexpr auto wire() {
    using wire::field;
    using P = WireJobProperties;
    return std::tuple{field("jobType", &P::job_type),
                      field("actionsInfo", &P::actions),
                      field("containerName", &P::container_name),
                      field("duration", &P::duration),
                      field("errorDetails", &P::errors),
                      field("virtualMachineVersion", &P::machine_version),
                      field("storageAccountName", &P::account_name),
                      field("storageAccountVersion", &P::account_version),
                      field("extendedInfo", &P::extended),
                      field("isUserTriggered", &P::user_triggered),
                      field("entityFriendlyName", &P::entity),
                      field("backupManagementType", &P::management_type),
                      field("operation", &P::operation),
                      field("status", &P::status),
                      field("startTime", &P::start_time),
                      field("endTime", &P::end_time),
                      field("activityId", &P::activity)};
  }
};

struct WireJob {
  std::string id, name, type;
  WireJobProperties properties;

  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("id", &WireJob::id), field("name", &WireJob::name), field("type", &WireJob::type),
                      field("properties", &WireJob::properties)};
  }
};

}  // namespace quaymaster::recovery_services
