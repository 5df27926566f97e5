#include "testing/base/budget_disk.h"

#include <algorithm>
#include <utility>

namespace quaymaster {
namespace {

class BudgetFile final : public File {
 public:
  BudgetFile(std::unique_ptr<File> real, std::string path, std::shared_ptr<BudgetDisk::Account> account)
      : real_(std::move(real)), path_(std::move(path)), account_(std::move(account)) {}

  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override { return real_->read_at(into, offset); }
  Result<> write_at(Bytes bytes, std::uint64_t offset) override {
    TRY(account_->grow(path_, offset + bytes.size()));
    return real_->write_at(bytes, offset);
  }
  Result<> sync() override {
    if (account_->failing_syncs) {
      return no_space("a sync fails as ordered");
    }
    return real_->sync();
  }
  Result<std::uint64_t> size() override { return real_->size(); }
  Result<> truncate(std::uint64_t size) override {
    TRY(const auto before, real_->size());
    TRY(real_->truncate(size));
    if (size < before) {
      account_->set(path_, size);
    }
    return ok();
  }
  Result<> reserve(std::uint64_t offset, std::uint64_t size) override { return account_->grow(path_, offset + size); }
  int descriptor() const override { return real_->descriptor(); }

 private:
  std::unique_ptr<File> real_;
  const std::string path_;
  std::shared_ptr<BudgetDisk::Account> account_;
};

}  // namespace

std::uint64_t BudgetDisk::Account::used() const {
  const std::lock_guard lock(mutex);
  std::uint64_t sum = 0;
  for (const auto& [path, bytes] : files) {
    sum += bytes;
  }
  return sum;
}

Result<> BudgetDisk::Account::grow(const std::string& path, std::uint64_t to) {
  const std::lock_guard lock(mutex);
  std::uint64_t others = 0;
  for (const auto& [name, bytes] : files) {
    others += name == path ? 0 : bytes;
  }
  auto& mine = files[path];
  if (to > mine && others + to > size) {
    return no_space("the disk of {} bytes is full", size.load());
  }
  mine = std::max(mine, to);
  return ok();
}

void BudgetDisk::Account::set(const std::string& path, std::uint64_t bytes) {
  const std::lock_guard lock(mutex);
  files[path] = bytes;
}

void BudgetDisk::Account::move(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex);
  if (const auto moved = files.extract(from)) {
    files[to] = moved.mapped();
  }
}

Result<std::unique_ptr<File>> BudgetDisk::open(const Path& path, OpenMode mode) {
  TRY(auto file, real_.open(path, mode));
  TRY(const auto size, file->size());
  {
    const std::lock_guard lock(account_->mutex);
    account_->files.try_emplace(path.native(), size);
  }
  return std::unique_ptr<File>(std::make_unique<BudgetFile>(std::move(file), path.native(), account_));
}

Result<> BudgetDisk::rename(const Path& from, const Path& to) {
  TRY(real_.rename(from, to));
  account_->move(from.native(), to.native());
  return ok();
}

Result<> BudgetDisk::rename_new(const Path& from, const Path& to) {
  TRY(real_.rename_new(from, to));
  account_->move(from.native(), to.native());
  return ok();
}

Result<> BudgetDisk::remove(const Path& path) {
  TRY(real_.remove(path));
  const std::lock_guard lock(account_->mutex);
  account_->files.erase(path.native());
  return ok();
}

Result<std::uint64_t> BudgetDisk::free_bytes(const Path&) {
  const auto used = account_->used();
  const auto size = account_->size.load();
  return size - std::min(size, used);
}

}  // namespace quaymaster
