#include "drive/import/import_commit.h"

#include <algorithm>
#include <optional>

namespace quaymaster::drive {
namespace {

constexpr std::size_t kLongestBlobName = 1024;  // characters; blob service, "Naming and referencing containers"
constexpr std::size_t kMostRememberedNumbers = 100'000;
constexpr int kMostConflicts = 20;  // with another writer that keeps taking the names just found free

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// A failure of the server's own storage, as opposed to one of this blob.
bool is_own_trouble(Errc kind) {
  return kind == Errc::no_space || kind == Errc::io || kind == Errc::busy || kind == Errc::cancelled ||
         kind == Errc::corrupt;
}

}  // namespace

std::string renamed(std::string_view blob_name, std::uint32_t number) {
  const auto segment = blob_name.rfind('/') + 1;  // 0 when there is no slash
  const auto dot = blob_name.rfind('.');
  const auto at = dot == blob_name.npos || dot < segment ? blob_name.size() : dot;
  std::string name(blob_name.substr(0, at));
  name += " (" + std::to_string(number) + ")";
  name += blob_name.substr(at);
  return name;
}

Error own_trouble(const Error& error) {
  switch (error.kind()) {
    case Errc::cancelled:
    case Errc::no_space:
    case Errc::corrupt:
    case Errc::busy:
      return error;
    default:
      return busy("the server's own storage failed: {}", error.cause());
  }
}

Result<> ImportCommitter::commit(const Batch& batch) {
  TRY(flush(batch));
  for (const auto& work : batch) {
    if (work->entry.kind == BlobKind::block && work->has_failed_range()) {
      TRY(keep_uncommitted(*work));
    }
  }
  const ImportLogs::Mark mark{progress_.error_log_size, progress_.verbose_log_size};
  for (;;) {
    auto decided = decide(batch);
    if (!decided) {
      return own_trouble(decided.error());
    }
    const auto& decisions = decided.value();
    ImportLogs::Mark written;
    const auto write_logs = [&]() -> Result<> {
      for (const auto& decision : decisions) {
        TRY(logs_.add(decision.result));
      }
      TRY(written, logs_.checkpoint());
      return ok();
    };
    if (const auto logged = write_logs(); !logged) {
      return own_trouble(logged.error());
    }
    auto next = after(batch, decisions);
    next.error_log_size = written.error;
    next.verbose_log_size = written.verbose;
    TRY(const bool saved, save(batch, decisions, next));
    if (saved) {
      progress_ = std::move(next);
      return ok();
    }
    if (const auto rewound = logs_.rewind(mark); !rewound) {
      return own_trouble(rewound.error());
    }
    last_numbers_.clear();  // the numbers that were not used are free again
  }
}

Result<> ImportCommitter::flush(const Batch& batch) {
  std::vector<const blob::Content*> contents;
  for (const auto& work : batch) {
    for (const auto& part : work->parts) {
      contents.push_back(part.content.get());
    }
  }
  if (contents.empty()) {
    return ok();
  }
  const auto flushed = services_.blobs.flush(contents);
  if (!flushed) {
    return own_trouble(flushed.error());
  }
  return ok();
}

/// Valid blocks of a blob that cannot be committed stay as uncommitted blocks, so that only the invalid ones need to be
/// uploaded again.
Result<> ImportCommitter::keep_uncommitted(BlobWork& work) {
  const bool has_ids = work.has_block_ids();
  if (has_ids && !work.parts.empty()) {
    const auto made = services_.blobs.create_container(task_.account, work.address.container, {});
    if (!made && is_own_trouble(made.error().kind())) {
      return own_trouble(made.error());
    }
  }
  for (std::size_t i = 0; i < work.ranges.size(); ++i) {
    if (work.ranges[i] == RangeStatus::completed) {
      work.ranges[i] = has_ids ? RangeStatus::uncommitted : RangeStatus::cancelled;
    }
  }
  for (auto& part : work.parts) {
    if (!has_ids) {
      break;
    }
    const std::string id(work.entry.ranges[part.first_range].id);
    const blob::BlobKey key{task_.account, work.address.container, work.address.name};
    const auto kept = services_.blobs.put_block(key, id, std::move(part.content));
    if (!kept && is_own_trouble(kept.error().kind())) {
      return own_trouble(kept.error());
    }
    if (!kept) {
      work.ranges[part.first_range] = RangeStatus::blob_request_failed;
    }
  }
  work.parts.clear();
  return ok();
}

Result<std::vector<ImportCommitter::Decision>> ImportCommitter::decide(const Batch& batch) {
  std::vector<Decision> decisions;
  TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
    std::set<std::pair<std::string, std::string>> made;  // by earlier blobs of this batch
    for (const auto& work : batch) {
      TRY(auto decision, decide(*work, reader, made));
      if (decision.makes_blob) {
        made.emplace(work->address.container, decision.name);
      }
      decisions.push_back(std::move(decision));
    }
    return ok();
  }));
  return decisions;
}

Result<ImportCommitter::Decision> ImportCommitter::decide(BlobWork& work, store::Reader& reader,
                                                          std::set<std::pair<std::string, std::string>>& made) {
  Decision decision;
  auto& result = decision.result;
  if (work.failure != BlobStatus::completed) {
    result = cancelled_below(work.entry, work.failure, true);
    return decision;
  }
  result.entry = &work.entry;
  result.ranges = work.ranges;
  result.metadata = work.sidecars.metadata_result;
  result.properties = work.sidecars.properties_result;
  if (work.has_failed_range() || work.sidecars.failed()) {
    result.status = BlobStatus::completed_with_errors;
  }
  if (work.entry.kind == BlobKind::block && work.has_failed_range()) {
    result.disposition = DispositionStatus::cancelled;
    return decision;
  }

  decision.name = work.address.name;
  TRY(const bool taken, is_taken(reader, made, work.address.container, work.address.name));
  const auto wanted = work.entry.import_disposition();
  if (work.skipped || (taken && wanted == Disposition::no_overwrite)) {
    result.status = BlobStatus::completed;
    result.disposition = DispositionStatus::skipped;
    result.ranges.assign(work.entry.ranges.size(), RangeStatus::cancelled);
    result.metadata = cancelled_below(work.entry, BlobStatus::completed, true).metadata;
    result.properties = cancelled_below(work.entry, BlobStatus::completed, true).properties;
    return decision;
  }
  decision.makes_blob = true;
  if (!taken) {
    decision.must_be_new = true;
    result.disposition = DispositionStatus::created;
  } else if (wanted == Disposition::overwrite) {
    result.disposition = DispositionStatus::overwritten;
  } else {
    TRY(decision.name, free_name(work, reader, made));
    if (decision.name.empty()) {
      decision.makes_blob = false;
      result = cancelled_below(work.entry, BlobStatus::rename_failed, true);
      return decision;
    }
    decision.must_be_new = true;
    result.disposition = DispositionStatus::renamed;
    result.renamed_to = work.address.container + "/" + decision.name;
  }
  return decision;
}

Result<bool> ImportCommitter::is_taken(store::Reader& reader, const std::set<std::pair<std::string, std::string>>& made,
                                       const std::string& container, const std::string& name) {
  if (made.contains({container, name})) {
    return true;
  }
  TRY(const auto info, services_.blobs.find(reader, {task_.account, container, name}));
  return info.has_value();
}

/// Empty: no valid name is free.
Result<std::string> ImportCommitter::free_name(const BlobWork& work, store::Reader& reader,
                                               const std::set<std::pair<std::string, std::string>>& made) {
  if (last_numbers_.size() > kMostRememberedNumbers) {
    last_numbers_.clear();
  }
  auto& number = last_numbers_.try_emplace({work.address.container, work.address.name}, 1).first->second;
  for (;;) {
    auto name = renamed(work.address.name, ++number);
    if (characters(name) > kLongestBlobName) {
      return std::string();
    }
    TRY(const bool taken, is_taken(reader, made, work.address.container, name));
    if (!taken) {
      return name;
    }
  }
}

ImportProgress ImportCommitter::after(const Batch& batch, const std::vector<Decision>& decisions) const {
  auto next = progress_;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& entry = batch[i]->entry;
    const auto& decision = decisions[i];
    next.next_entry = entry.index + 1;
    next.bytes_done += entry.length;
    ++(decision.result.status == BlobStatus::completed ? next.blobs_completed : next.blobs_failed);
    if (decision.result.disposition && is_warning(*decision.result.disposition)) {
      ++next.blobs_warned;
    }
    if (!decision.makes_blob) {
      continue;
    }
    for (std::size_t r = 0; r < entry.ranges.size(); ++r) {
      if (batch[i]->ranges.empty() || batch[i]->ranges[r] == RangeStatus::completed) {
        next.bytes_succeeded += entry.ranges[r].length;
      }
    }
  }
  return next;
}

/// False: a name was taken meanwhile, or the store refused a blob, which is noted in its work; decide again.
Result<bool> ImportCommitter::save(const Batch& batch, const std::vector<Decision>& decisions,
                                   const ImportProgress& next) {
  std::vector<blob::Store::NewBlob> blobs;
  std::vector<BlobWork*> works;
  std::set<std::string> containers;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!decisions[i].makes_blob) {
      continue;
    }
    const auto& work = *batch[i];
    containers.insert(work.address.container);
    blob::Store::NewBlob made;
    made.key = {task_.account, work.address.container, decisions[i].name};
    made.type = work.entry.kind == BlobKind::page ? blob::Type::page : blob::Type::block;
    made.size = work.entry.length;
    for (const auto& part : work.parts) {
      std::string id(work.has_block_ids() ? work.entry.ranges[part.first_range].id : std::string_view());
      // The work owns the content and lives as long as this does.
      made.parts.push_back({part.offset, std::move(id), {batch[i], part.content.get()}});
    }
    made.properties = work.sidecars.properties;
    made.metadata = work.sidecars.metadata;
    made.conditions.must_not_exist = decisions[i].must_be_new;
    blobs.push_back(std::move(made));
    works.push_back(batch[i].get());
  }

  std::optional<std::size_t> refused;
  auto change = [&](store::Writer& writer) -> Result<> {
    for (const auto& container : containers) {
      TRY(services_.blobs.ensure_container(writer, task_.account, container));
    }
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      const auto made = services_.blobs.commit(writer, blobs[i]);
      if (!made) {
        refused = i;
        return made.error();
      }
    }
    return ok();
  };
  const auto saved = host_.save(next, std::move(change));
  if (saved) {
    return true;
  }
  const auto kind = saved.error().kind();
  if (!refused || is_own_trouble(kind)) {
    return own_trouble(saved.error());
  }
  auto& work = *works[*refused];
  const bool name_was_taken = kind == Errc::conflict || kind == Errc::precondition;
  if (!name_was_taken || ++work.conflicts > kMostConflicts) {
    work.failure = BlobStatus::blob_request_failed;
  }
  return false;
}

}  // namespace quaymaster::drive
