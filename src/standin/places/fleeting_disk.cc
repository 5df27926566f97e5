#include "standin/places/fleeting_disk.h"

#include <system_error>

namespace quaymaster::server {
namespace {

class FleetingFile final : public File {
 public:
  explicit FleetingFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override { return file_->read_at(into, offset); }
  Result<> write_at(Bytes bytes, std::uint64_t offset) override { return file_->write_at(bytes, offset); }
  Result<> sync() override { return ok(); }
  Result<std::uint64_t> size() override { return file_->size(); }
  Result<> truncate(std::uint64_t size) override { return file_->truncate(size); }
  Result<> reserve(std::uint64_t offset, std::uint64_t size) override { return file_->reserve(offset, size); }
  int descriptor() const override { return file_->descriptor(); }

 private:
  std::unique_ptr<File> file_;
};

Result<> result_of(const std::error_code& error, std::string_view what, const Path& path) {
  return error ? Result<>(system_error(error.value(), fmt::format("{} {}", what, path.native()))) : ok();
}

}  // namespace

Result<std::unique_ptr<File>> FleetingDisk::open(const Path& path, OpenMode mode) {
  TRY(auto file, system_.open(path, mode));
  return std::unique_ptr<File>(std::make_unique<FleetingFile>(std::move(file)));
}

Result<> FleetingDisk::make_directories(const Path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return result_of(error, "make", path);
}

Result<> FleetingDisk::rename(const Path& from, const Path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  return result_of(error, "rename", from);
}

}  // namespace quaymaster::server
