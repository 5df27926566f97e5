#include "workload/sync.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace quaymaster::workload {
namespace {

class SystemSync final : public Sync {
 public:
  Result<> file_system(int directory) override { return answer(::syncfs(directory), "write back the restored files"); }
  Result<> file(int file) override { return answer(::fdatasync(file), "write back a restored file"); }
  Result<> directory(int directory) override { return answer(::fsync(directory), "write back a directory"); }

 private:
  static Result<> answer(int failed, const char* what) {
    return failed == 0 ? ok() : Result<>(system_error(errno, what));
  }
};

}  // namespace

Sync& system_sync() {
  static SystemSync sync;
  return sync;
}

}  // namespace quaymaster::workload
