#include "testing/base/failing_disk.h"

namespace quaymaster {
namespace {

class FailingFile final : public File {
 public:
  FailingFile(std::unique_ptr<File> real, std::shared_ptr<FailingDisk::Plan> plan)
      : real_(std::move(real)), plan_(std::move(plan)) {}

  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
    TRY(plan_->step());
    return real_->read_at(into, offset);
  }
  Result<> write_at(Bytes bytes, std::uint64_t offset) override {
    TRY(plan_->step(true));
    return real_->write_at(bytes, offset);
  }
  Result<> sync() override {
    TRY(plan_->step());
    return real_->sync();
  }
  Result<std::uint64_t> size() override {
    TRY(plan_->step());
    return real_->size();
  }
  Result<> truncate(std::uint64_t size) override {
    TRY(plan_->step());
    return real_->truncate(size);
  }
  Result<> reserve(std::uint64_t offset, std::uint64_t size) override {
    TRY(plan_->step(true));
    return real_->reserve(offset, size);
  }
  int descriptor() const override { return real_->descriptor(); }

 private:
  std::unique_ptr<File> real_;
  std::shared_ptr<FailingDisk::Plan> plan_;
};

}  // namespace

Result<> FailingDisk::Plan::step(bool takes_space) {
  if (only == Only::what_takes_space && !takes_space) {
    return ok();
  }
  const int at = next.fetch_add(1);
  const int first = fail_at;
  if (first >= 0 && (at == first || (from_then_on && at > first))) {
    failed = true;
    return Error(kind, fmt::format("operation {} fails as ordered", at));
  }
  return ok();
}

FailingDisk::FailingDisk(Disk& real, int fail_at, Errc kind, bool from_then_on)
    : real_(real), plan_(std::make_shared<Plan>()) {
  fail_from_now(fail_at, kind, from_then_on);
}

void FailingDisk::fail_from_now(int fail_at, Errc kind, bool from_then_on, Only only) {
  plan_->fail_at = -1;  // none while the other members change
  plan_->next = 0;
  plan_->failed = false;
  plan_->kind = kind;
  plan_->from_then_on = from_then_on;
  plan_->only = only;
  plan_->fail_at = fail_at;
}

Result<std::unique_ptr<File>> FailingDisk::open(const Path& path, OpenMode mode) {
  TRY(plan_->step(mode == OpenMode::create || mode == OpenMode::create_new));
  TRY(auto file, real_.open(path, mode));
  return std::unique_ptr<File>(std::make_unique<FailingFile>(std::move(file), plan_));
}
Result<FileStatus> FailingDisk::status(const Path& path) {
  TRY(plan_->step());
  return real_.status(path);
}
Result<std::vector<std::string>> FailingDisk::list(const Path& directory) {
  TRY(plan_->step());
  return real_.list(directory);
}
Result<> FailingDisk::make_directories(const Path& path) {
  TRY(plan_->step());
  return real_.make_directories(path);
}

Result<> FailingDisk::make_directory(const Path& path) {
  TRY(plan_->step());
  return real_.make_directory(path);
}
Result<> FailingDisk::rename(const Path& from, const Path& to) {
  TRY(plan_->step());
  return real_.rename(from, to);
}
Result<> FailingDisk::rename_new(const Path& from, const Path& to) {
  TRY(plan_->step());
  return real_.rename_new(from, to);
}
Result<> FailingDisk::remove(const Path& path) {
  TRY(plan_->step());
  return real_.remove(path);
}
Result<> FailingDisk::sync_directory(const Path& path) {
  TRY(plan_->step());
  return real_.sync_directory(path);
}

Result<> FailingDisk::sync_all(const Path& path) {
  TRY(plan_->step());
  return real_.sync_all(path);
}
Result<std::uint64_t> FailingDisk::free_bytes(const Path& path) {
  TRY(plan_->step());
  return real_.free_bytes(path);
}

}  // namespace quaymaster
