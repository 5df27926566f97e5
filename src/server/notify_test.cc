#include "server/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <string>

namespace quaymaster::server {
namespace {

class Manager {
 public:
  explicit Manager(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    bound_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Manager() { ::close(descriptor_); }
  bool bound() const { return bound_; }
  std::string heard() const {
    std::array<char, 64> text{};
    const auto size = ::recv(descriptor_, text.data(), text.size(), 0);
    return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  int descriptor_;
  bool bound_ = false;
};

TEST(Notify, NotifiesTheManager) {
  const auto path = (std::filesystem::temp_directory_path() / ("qm-notify-" + std::to_string(::getpid()))).string();
  std::filesystem::remove(path);
  {
    const Manager manager(path);
    ASSERT_TRUE(manager.bound());
    notify_manager(path.c_str(), "READY=1");
    EXPECT_EQ(manager.heard(), "READY=1");
  }
  std::filesystem::remove(path);
}

TEST(Notify, WithoutAManagerNothingHappens) {
  notify_manager(nullptr, "READY=1");
  notify_manager("", "READY=1");
  notify_manager("/nowhere/socket", "READY=1");
  notify_manager(std::string(4000, 'x').c_str(), "READY=1");
}

}  // namespace
}  // namespace quaymaster::server
