#include "drive/import/import_publish.h"

#include <algorithm>

#include "base/check.h"
#include "base/encode.h"
#include "base/log.h"
#include "drive/import/import_commit.h"
#include "drive/import/import_logs.h"
#include "drive/import/import_reader.h"
#include "drive/manifest/redaction.h"

namespace quaymaster::drive {
namespace {

constexpr std::uint64_t kBlock = 4 * kMiB;
constexpr std::size_t kPiece = 256 * kKiB;

/// Block ids as on export drives: base64 of the block's number.
std::string block_id(std::size_t number) {
  Buffer bytes;
  append_le(bytes, static_cast<std::uint32_t>(number));
  return base64(bytes);
}

/// Errors of `source` and of `sink` have different consequences: `source_failed` distinguishes them.
Result<> pump(const ByteSource& source, const ByteSink& sink, ImportHost& host, bool& source_failed) {
  Buffer piece(kPiece);
  for (;;) {
    TRY(host.continue_or_cancel());
    const auto size = source(piece);
    source_failed = !size;
    if (!size) {
      return size.error();
    }
    if (size.value() == 0) {
      return ok();
    }
    TRY(sink(Bytes(piece).first(size.value())));
  }
}

}  // namespace

Result<> LogUpload::append(Bytes bytes) {
  md5_.update(bytes);
  while (!bytes.empty()) {
    if (!upload_) {
      upload_ = blobs_.upload(blob::Hashing::none);
    }
    const auto part =
        bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), kBlock - block_size_)));
    TRY(upload_->append(part));
    block_size_ += part.size();
    bytes = bytes.subspan(part.size());
    if (block_size_ == kBlock) {
      TRY(end_block());
    }
  }
  return ok();
}

Result<> LogUpload::end_block() {
  if (!upload_) {
    return ok();
  }
  TRY(auto content, upload_->finish());
  upload_.reset();
  parts_.push_back({size_, block_id(parts_.size()), std::move(content)});
  size_ += std::exchange(block_size_, 0);
  return ok();
}

Result<> LogUpload::publish(const ImportServices& services, const ImportTask& task, LogKind kind,
                            blob::Metadata metadata, std::optional<LogBlob> ImportProgress::* place, ImportHost& host,
                            ImportProgress& progress) {
  if (const auto ended = end_block(); !ended) {
    return own_trouble(ended.error());
  }
  std::vector<const blob::Content*> contents;
  for (const auto& part : parts_) {
    contents.push_back(part.content.get());
  }
  if (const auto flushed = services.blobs.flush(contents); !flushed) {
    return own_trouble(flushed.error());
  }

  blob::Store::NewBlob made;
  made.size = size_;
  made.parts = std::move(parts_);
  made.properties.content_type = "application/xml";
  made.properties.md5 = md5_.finish();
  made.metadata = std::move(metadata);
  made.conditions.must_not_exist = true;
  LogName name{task.job_name, task.drive_id, services.clock.now(), kind};
  for (;; name = next_log_name(name)) {
    made.key = {task.account, task.logs.container, log_blob_name(task.logs, name)};
    auto next = progress;
    next.*place = LogBlob{made.key.container, made.key.name};
    bool refused = false;
    auto change = [&](store::Writer& writer) -> Result<> {
      TRY(services.blobs.ensure_container(writer, task.account, task.logs.container));
      const auto committed = services.blobs.commit(writer, made);
      refused = !committed;
      if (!committed) {
        return committed.error();
      }
      return ok();
    };
    const auto saved = host.save(next, std::move(change));
    if (saved) {
      progress = std::move(next);
      return ok();
    }
    const auto why = saved.error().kind();
    if (!refused || (why != Errc::conflict && why != Errc::precondition)) {
      return own_trouble(saved.error());
    }
  }
}

Result<> back_up_manifest(const ImportServices& services, const ImportTask& task, DriveReader& drive, ImportHost& host,
                          ImportProgress& progress) {
  if (progress.manifest) {
    return ok();  // done before a restart
  }
  const auto file = drive.open(task.manifest_file);
  if (!file) {
    log::warning("drive", "{}: manifest not backed up: {}", task.drive_id, file.error().cause());
    return ok();
  }
  LogUpload upload(services.blobs);
  const ByteSink into_upload = [&](Bytes bytes) { return upload.append(bytes); };
  bool source_failed = false;
  RedactionReport report;
  Result<> copied = ok();
  if (task.exact_manifest) {
    Hasher sha256(HashAlgorithm::sha256);
    const ByteSink hashing = [&](Bytes bytes) -> Result<> {
      sha256.update(bytes);
      report.original_bytes += bytes.size();
      return upload.append(bytes);
    };
    copied = pump(read_from(*file.value()), hashing, host, source_failed);
    std::ranges::copy(sha256.finish(), report.original_sha256.begin());
  } else {
    Redactor redactor(into_upload);
    const ByteSink redacting = [&](Bytes bytes) { return redactor.feed(bytes); };
    copied = pump(read_from(*file.value()), redacting, host, source_failed);
    if (copied) {
      auto finished = redactor.finish();
      if (!finished) {
        return own_trouble(finished.error());
      }
      report = finished.value();
    }
  }
  if (!copied && source_failed) {
    log::warning("drive", "{}: manifest not backed up: {}", task.drive_id, copied.error().cause());
    return ok();
  }
  if (!copied) {
    return own_trouble(copied.error());
  }
  blob::Metadata metadata{{"originalSha256", hex_lower(report.original_sha256)},
                          {"originalSize", std::to_string(report.original_bytes)},
                          {"redacted", report.changed() ? "true" : "false"}};
  return upload.publish(services, task, LogKind::manifest, std::move(metadata), &ImportProgress::manifest, host,
                        progress);
}

Result<> publish_logs(const ImportServices& services, const ImportTask& task, ImportHost& host,
                      ImportProgress& progress) {
  const auto status = progress.code();
  check(status.has_value());
  auto logs = ImportLogs::open(services.disk, task, progress);
  if (!logs) {
    return own_trouble(logs.error());
  }
  const auto sizes = logs.value().finish(*status, progress.reason);
  if (!sizes) {
    return own_trouble(sizes.error());
  }
  const auto publish = [&](File& spool, std::uint64_t size, LogKind kind,
                           std::optional<LogBlob> ImportProgress::* place) -> Result<> {
    if (progress.*place) {
      return ok();
    }
    LogUpload upload(services.blobs);
    bool source_failed = false;
    const auto copied = pump(read_from(spool), [&](Bytes bytes) { return upload.append(bytes); }, host, source_failed);
    if (!copied) {
      return own_trouble(copied.error());
    }
    if (upload.size() != size) {
      return corrupt("a log spool has {} bytes, {} were written", upload.size(), size);
    }
    return upload.publish(services, task, kind, {}, place, host, progress);
  };
  if (task.verbose_log) {
    TRY(publish(logs.value().verbose_spool(), sizes.value().verbose, LogKind::verbose, &ImportProgress::verbose_log));
  }
  return publish(logs.value().error_spool(), sizes.value().error, LogKind::error, &ImportProgress::error_log);
}

}  // namespace quaymaster::drive
