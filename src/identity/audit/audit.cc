#include "identity/audit/audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/caught.h"
#include "base/check.h"
#include "base/digests/digest.h"
#include "base/encode.h"
#include "base/log.h"
#include "identity/audit/audit_head.h"
#include "wire/json.h"

namespace quaymaster::identity {
namespace {

constexpr std::string_view kHash = R"(,"hash":")";
constexpr std::size_t kHashText = 64;
constexpr std::string_view kEnd = ".log";
const std::string kNoHash(kHashText, '0');
constexpr std::size_t kLongestTarget = 2048;  // blob names are at most half as long
constexpr std::uint64_t kLargestReadFile = 512 * kMiB;

std::string hash_of(std::string_view previous, std::string_view content) {
  return hex_lower(sha256(as_bytes(fmt::format("{}\n{}", previous, content))));
}

std::string file_name(std::uint64_t number) {
  return fmt::format("audit-{:08}{}", number, kEnd);
}

/// The numbers of the existing files, in ascending order.
Result<std::vector<std::uint64_t>> files(Disk& disk, const Path& directory) {
  TRY(const auto names, disk.list(directory));
  std::vector<std::uint64_t> numbers;
  for (const auto& name : names) {
    std::uint64_t number = 0;
    for (const char c : name.substr(std::min<std::size_t>(6, name.size()))) {
      if (c < '0' || c > '9' || number > 99'999'999) {
        break;
      }
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (number > 0 && name == file_name(number)) {
      numbers.push_back(number);
    }
  }
  std::ranges::sort(numbers);
  return numbers;
}

/// A parsed line; none when it is not in our format.
struct Line {
  std::string_view content;  // without the hash and what follows it
  std::string_view hash;
  AuditEntry entry;
};
std::optional<Line> parse_line(std::string_view text) {
  const auto at = text.rfind(kHash);
  if (at == std::string_view::npos || text.size() != at + kHash.size() + kHashText + 2 || !text.ends_with("\"}")) {
    return std::nullopt;
  }
  auto entry = wire::parse_stored<AuditEntry>(fmt::format("{}}}", text.substr(0, at)));
  if (!entry) {
    return std::nullopt;
  }
  return Line{text.substr(0, at), text.substr(at + kHash.size(), kHashText), std::move(entry).value()};
}

std::size_t weight(const AuditEntry& entry) {
  return 256 + entry.target.value_or("").size() + entry.name.value_or("").size();
}

}  // namespace

AuditEntry request_entry(const http::Request& request, std::string_view face) {
  AuditEntry entry;
  entry.event = "request";
  entry.face = face;
  entry.request = request.id.text();
  entry.peer = request.peer;
  entry.method = http::name(request.method);
  entry.target = request.raw_path.substr(0, kLongestTarget);
  return entry;
}

AuditLog::AuditLog(Disk& disk, Path directory, Clock& clock, AuditOptions options)
    : disk_(disk), directory_(std::move(directory)), clock_(clock), options_(options), hash_(kNoHash) {}

Result<std::unique_ptr<AuditLog>> AuditLog::open(Disk& disk, Path directory, Clock& clock, AuditOptions options) {
  TRY(disk.make_directories(directory));
  std::unique_ptr<AuditLog> log(new AuditLog(disk, std::move(directory), clock, options));
  TRY(log->find_end());
  auto missing = log->missing_end();
  log->thread_ = std::thread([self = log.get()] { self->run(); });
  AuditEntry start;
  start.event = "start";
  if (missing) {
    TRY(log->record(*std::move(missing)));
  }
  TRY(log->record(std::move(start)));
  return log;
}

std::optional<AuditEntry> AuditLog::missing_end() {
  const auto head = read_audit_head(disk_, directory_);
  if (!head || !head->is_missing(number_, hash_)) {
    return std::nullopt;
  }
  AuditEntry cut;
  cut.event = "cut";
  cut.previous = head->hash;
  cut.count = std::max<std::int64_t>(head->number - number_, 1);
  log::error("audit", "{}: {} lines at the end of the audit log are missing or changed", directory_.native(),
             *cut.count);
  return cut;
}

/// The log is complete without the head file, so it is not synced and a failure is not reported.
void AuditLog::keep_head() {
  if (head_ == nullptr) {
    if (auto opened = open_audit_head(disk_, directory_)) {
      head_ = std::move(opened).value();
    }
  }
  const auto kept = head_ != nullptr ? write_audit_head(*head_, {number_, hash_}) : Result<>(ok());
  if (!kept) {
    log::warning("audit", "the head of the audit log cannot be updated: {}", kept.error().cause());
  }
}

Result<> AuditLog::find_end() {
  TRY(const auto numbers, files(disk_, directory_));
  if (numbers.empty()) {
    return ok();
  }
  // The last file may have no complete line if the process died while starting it; the end is then in the file before.
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    const Path path = directory_ / file_name(*number);
    TRY(const auto bytes, read_file(disk_, path, kLargestReadFile));
    const auto text = as_text(bytes);
    const auto end = text.rfind('\n');
    if (end == std::string_view::npos && number + 1 != numbers.rend()) {
      TRY(disk_.remove(path));
      continue;
    }
    const auto whole = end == std::string_view::npos ? 0 : end + 1;
    TRY(file_, disk_.open(path, OpenMode::write));
    if (whole != text.size()) {
      log::warning("audit", "{}: cutting an unfinished line of {} bytes", path.native(), text.size() - whole);
      TRY(file_->truncate(whole));
      TRY(file_->sync());
    }
    file_number_ = *number;
    size_ = whole;
    if (whole == 0) {
      return ok();
    }
    const auto begin = text.rfind('\n', end - 1);
    const auto last = text.substr(begin == std::string_view::npos ? 0 : begin + 1, 0);
    const auto line = parse_line({last.data(), static_cast<std::size_t>(text.data() + end - last.data())});
    if (!line) {
      return corrupt("the last line of {} is not one of an audit log; move the log's directory away to begin a new log",
                     path.native());
    }
    number_ = line->entry.number;
    hash_ = line->hash;
    return ok();
  }
  return ok();
}

AuditLog::~AuditLog() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::uint64_t AuditLog::push(AuditEntry&& entry, std::unique_lock<std::mutex>& lock) {
  check(lock.owns_lock());
  entry.time = clock_.now();
  waiting_bytes_ += weight(entry);
  waiting_.push_back(std::move(entry));
  work_.notify_one();
  return ++pushed_;
}

Result<> AuditLog::record(AuditEntry entry) {
  std::unique_lock lock(mutex_);
  const auto ticket = push(std::move(entry), lock);
  const auto attempt = attempts_;
  written_.wait(lock, [&] { return durable_ >= ticket || (failure_ && attempts_ > attempt); });
  return durable_ >= ticket ? Result<>(ok()) : Result<>(*failure_);
}

void AuditLog::note(AuditEntry entry) {
  std::unique_lock lock(mutex_);
  written_.wait(lock, [&] { return waiting_bytes_ < options_.most_waiting || failure_; });
  if (waiting_bytes_ >= options_.most_waiting) {
    ++lost_;  // the disk is full or missing; do not fill memory as well
    return;
  }
  push(std::move(entry), lock);
}

void AuditLog::note_denial(AuditEntry entry) {
  std::unique_lock lock(mutex_);
  if (waiting_bytes_ >= options_.most_waiting) {
    ++lost_;
    return;
  }
  push(std::move(entry), lock);
}

bool AuditLog::can_write() {
  std::unique_lock lock(mutex_);
  if (!failure_) {
    return true;
  }
  const auto attempt = attempts_;
  retry_ = true;
  work_.notify_one();
  written_.wait(lock, [&] { return attempts_ > attempt; });
  return !failure_;
}

void AuditLog::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return ending_ || retry_ || !waiting_.empty(); });
    retry_ = false;
    if (waiting_.empty() && ending_) {
      return;
    }
    auto entries = std::exchange(waiting_, {});
    const auto until = pushed_;
    const auto bytes = waiting_bytes_;
    if (lost_ > 0) {
      AuditEntry lost;
      lost.event = "lost";
      lost.time = clock_.now();
      lost.count = std::exchange(lost_, 0);
      entries.push_back(std::move(lost));
    }
    lock.unlock();
    auto result = write(entries);
    lock.lock();
    ++attempts_;
    if (result) {
      failure_.reset();
      durable_ = until;
      waiting_bytes_ -= bytes;
    } else {
      log::error("audit", "the audit log cannot be written: {}", result.error().cause());
      failure_ = std::move(result).error();
      entries.insert(entries.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
      waiting_ = std::move(entries);
    }
    written_.notify_all();
    if (failure_ && ending_) {
      return;  // the thread is stopping: nothing will make room any more
    }
    if (failure_) {
      work_.wait(lock, [&] { return ending_ || retry_ || pushed_ > until; });
    }
  }
}

void AuditLog::append(AuditEntry entry, std::string& text) {
  entry.number = number_ + 1;
  auto line = wire::to_json(entry);
  check(line.ends_with('}'));
  line.pop_back();
  hash_ = hash_of(hash_, line);
  number_ = entry.number;
  text += fmt::format("{}{}{}\"}}\n", line, kHash, hash_);
}

/// The first line of a file links it to the previous one.
Result<> AuditLog::begin_file(std::string& text) {
  TRY(auto file, disk_.open(directory_ / file_name(file_number_ + 1), OpenMode::create));
  TRY(file->truncate(0));
  TRY(disk_.sync_directory(directory_));
  file_ = std::move(file);
  ++file_number_;
  size_ = 0;
  AuditEntry first;
  first.time = clock_.now();
  first.event = "file";
  first.previous = hash_;
  append(std::move(first), text);
  return ok();
}

/// All or nothing: on failure, number, hash and size keep their old values, and anything already written past the old
/// end is overwritten later.
Result<> AuditLog::write(const std::vector<AuditEntry>& entries) {
  const auto number = number_;
  const auto hash = hash_;
  if (options_.before_write) {
    options_.before_write();
  }
  const auto put = [&]() -> Result<> {
    std::string text;
    if (file_ == nullptr || size_ >= options_.largest_file || size_ == 0) {
      if (file_ != nullptr && size_ == 0) {
        file_.reset();
        --file_number_;  // created but never written
      }
      TRY(begin_file(text));
    }
    for (const auto& entry : entries) {
      append(entry, text);
    }
    TRY(file_->write_at(as_bytes(text), size_));
    TRY(file_->sync());
    size_ += text.size();
    return ok();
  };
  auto result = caught(put);
  if (!result) {
    number_ = number;
    hash_ = hash;
    if (file_ != nullptr) {
      if (const auto cut = file_->truncate(size_); !cut) {
        log::warning("audit", "a partly written line cannot be removed: {}", cut.error().cause());
      }
    }
    return result;
  }
  keep_head();
  return result;
}

Result<AuditCheck> read_audit(Disk& disk, const Path& directory,
                              const std::function<void(const AuditEntry& entry, std::string_view hash)>& each) {
  const auto head = read_audit_head(disk, directory);  // first: a running server may add lines meanwhile
  TRY(const auto numbers, files(disk, directory));
  AuditCheck found;
  std::string previous = kNoHash;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto name = file_name(numbers[i]);
    if (i > 0 && numbers[i] != numbers[i - 1] + 1) {
      found.findings.push_back(fmt::format("{} is missing", file_name(numbers[i - 1] + 1)));
    }
    TRY(const auto bytes, read_file(disk, directory / name, kLargestReadFile));
    auto rest = as_text(bytes);
    for (std::int64_t at = 1; !rest.empty(); ++at) {
      const auto end = rest.find('\n');
      if (end == std::string_view::npos) {
        if (i + 1 != numbers.size()) {
          found.findings.push_back(fmt::format("{}, line {}: cut short", name, at));
        }
        break;  // at the very end: still being written, or never completed
      }
      const auto line = parse_line(rest.substr(0, end));
      rest.remove_prefix(end + 1);
      if (!line) {
        found.findings.push_back(fmt::format("{}, line {}: not a line of an audit log", name, at));
        continue;
      }
      const auto& entry = line->entry;
      if (i == 0 && at == 1 && entry.event == "file" && entry.previous) {
        previous = *entry.previous;  // older files were moved away
        found.last = entry.number - 1;
      }
      if (entry.number != found.last + 1) {
        found.findings.push_back(fmt::format("{}, line {}: number {} follows {}", name, at, entry.number, found.last));
      }
      if (hash_of(previous, line->content) != line->hash) {
        found.findings.push_back(
            fmt::format("{}, line {}: number {} was changed, or a line before it", name, at, entry.number));
      }
      if (entry.event == "cut") {
        found.findings.push_back(fmt::format("{}, line {}: when this server started, {} lines before it were missing",
                                             name, at, entry.count.value_or(0)));
      }
      if (head && entry.number == head->number && line->hash != head->hash) {
        found.findings.push_back(
            fmt::format("{}, line {}: number {} is not the last one that was written", name, at, entry.number));
      }
      found.first = found.first == 0 ? entry.number : found.first;
      found.last = entry.number;
      previous = line->hash;
      each(entry, line->hash);
    }
  }
  if (head && head->number > found.last) {
    found.findings.push_back(fmt::format("lines {} to {} are missing at the end", found.last + 1, head->number));
  }
  found.hash = previous;
  return found;
}

}  // namespace quaymaster::identity
