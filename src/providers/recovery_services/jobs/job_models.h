#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/field.h"

// Backup jobs on the wire. Source: backup.md 14.3, types AzureIaaSVMJob and AzureStorageJob. Property bags are
// wire::Json since their keys are ordered.
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
    return wire::fields({field<&T::task_id>("taskId"), field<&T::start_time>("startTime"),
                         field<&T::end_time>("endTime"), field<&T::duration>("duration"), field<&T::status>("status"),
                         field<&T::progress_percentage>("progressPercentage"),
                         field<&T::execution_details>("taskExecutionDetails"), field<&T::task_type>("taskType")});
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
    return wire::fields({field<&E::error_code>("errorCode"), field<&E::error_title>("errorTitle"),
                         field<&E::error_string>("errorString"), field<&E::recommendations>("recommendations")});
  }
};

struct WireJobExtendedInfo {
  std::vector<WireJobTask> tasks;
  wire::Json bag;
  std::optional<wire::Json> internal_bag;
  std::optional<wire::Json> progress_percentage;  // always with one decimal: 1.0
  std::optional<std::string> estimated_remaining;
  std::optional<std::string> dynamic_error_message;

  static constexpr auto wire() {
    using wire::field;
    using I = WireJobExtendedInfo;
    return wire::fields({field<&I::tasks>("tasksList"), field<&I::bag>("propertyBag"),
                         field<&I::internal_bag>("internalPropertyBag"),
                         field<&I::progress_percentage>("progressPercentage"),
                         field<&I::estimated_remaining>("estimatedRemainingDuration"),
                         field<&I::dynamic_error_message>("dynamicErrorMessage")});
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
    return wire::fields({field<&P::job_type>("jobType"), field<&P::actions>("actionsInfo"),
                         field<&P::container_name>("containerName"), field<&P::duration>("duration"),
                         field<&P::errors>("errorDetails"), field<&P::machine_version>("virtualMachineVersion"),
                         field<&P::account_name>("storageAccountName"),
                         field<&P::account_version>("storageAccountVersion"), field<&P::extended>("extendedInfo"),
                         field<&P::user_triggered>("isUserTriggered"), field<&P::entity>("entityFriendlyName"),
                         field<&P::management_type>("backupManagementType"), field<&P::operation>("operation"),
                         field<&P::status>("status"), field<&P::start_time>("startTime"),
                         field<&P::end_time>("endTime"), field<&P::activity>("activityId")});
  }
};

struct WireJob {
  std::string id, name, type;
  WireJobProperties properties;

  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&WireJob::id>("id"), field<&WireJob::name>("name"), field<&WireJob::type>("type"),
                         field<&WireJob::properties>("properties")});
  }
};

}  // namespace quaymaster::recovery_services
