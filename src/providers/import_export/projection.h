#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/import_export/models.h"
#include "providers/import_export/record.h"

/// Converts a record to what clients see: the only place where wire states are computed. Their sentences are never
/// stored. Source: import-export.md chapter 3 for the form, 5.4 for what appears when.
namespace quaymaster::import_export {

/// What the jobs engine reports about a drive in Transferring.
struct Live {
  std::optional<std::string> paused;  // why it waits: a published text
  drive::ImportProgress progress;     // with the live byte counts
};

/// How a job is to be shown.
struct View {
  bool drives = true;    // the list by resource group leaves them out (recorded)
  std::string location;  // as sent in the answer to a PUT, the display name everywhere else (recorded)
  ShippingInformation intake;
  std::string blob_endpoint;  // "https://host:port/account/"; empty if the account is deleted: then no URI is shown
  std::vector<std::optional<Live>> live;  // one for each drive, or empty
};

Job project(const JobRecord& job, const View& view);

/// 0 to 100 of the bytes of all drives whose import has begun. Each drive is weighted by its size; a drive whose size
/// is not known yet counts with the mean of the others. Nothing before the first import has begun.
std::optional<std::int64_t> percent_complete(const JobRecord& job, const std::vector<std::optional<Live>>& live);

}  // namespace quaymaster::import_export
