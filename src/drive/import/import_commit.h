#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "drive/import/import_logs.h"
#include "drive/import/import_slot.h"
#include "drive/import/importer.h"

namespace quaymaster::drive {

using Batch = std::vector<std::shared_ptr<BlobWork>>;

/// The last stage of a copy: takes batches of blobs whose bytes are in the store's extents, in manifest order, and
/// makes them visible. For each batch: flush the bytes; read the store and decide the name of each blob and whether it
/// is created at all; write that into the logs and make them durable; then commit the records, their conditions ("this
/// name is free") and the progress in one transaction. If a name was taken meanwhile the whole transaction fails, and
/// everything from the decision on is repeated. One thread at a time.
class ImportCommitter {
 public:
  ImportCommitter(const ImportServices& services, const ImportTask& task, ImportHost& host, ImportLogs& logs,
                  ImportProgress& progress)
      : services_(services), task_(task), host_(host), logs_(logs), progress_(progress) {}

  /// On return the batch is durable and `progress` is what was saved. Errors as import_drive.
  Result<> commit(const Batch& batch);

 private:
  struct Decision {
    std::string name;  // of the new blob
    bool makes_blob = false;
    bool must_be_new = false;
    BlobResult result;
  };

  Result<> flush(const Batch& batch);
  Result<> keep_uncommitted(BlobWork& work);
  Result<std::vector<Decision>> decide(const Batch& batch);
  Result<Decision> decide(BlobWork& work, store::Reader& reader, std::set<std::pair<std::string, std::string>>& made);
  Result<bool> is_taken(store::Reader& reader, const std::set<std::pair<std::string, std::string>>& made,
                        const std::string& container, const std::string& name);
  Result<std::string> free_name(const BlobWork& work, store::Reader& reader,
                                const std::set<std::pair<std::string, std::string>>& made);
  ImportProgress after(const Batch& batch, const std::vector<Decision>& decisions) const;
  Result<bool> save(const Batch& batch, const std::vector<Decision>& decisions, const ImportProgress& next);

  const ImportServices& services_;
  const ImportTask& task_;
  ImportHost& host_;
  ImportLogs& logs_;
  ImportProgress& progress_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> last_numbers_;  // of renamed blobs, so that a thousand
                                                                               // equal names are not retried from 1
};

/// Inserts " (number)" into the name, before the last dot of its last segment if there is one. Source: manifest format,
/// ImportDisposition rename.
std::string renamed(std::string_view blob_name, std::uint32_t number);

/// Converts a failure of our own storage: cancelled, no_space and corrupt stay, everything else becomes Errc::busy.
Error own_trouble(const Error& error);

}  // namespace quaymaster::drive
