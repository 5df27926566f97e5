#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/check.h"

namespace quaymaster::drive {

/// A temporary directory for one test, removed by the destructor.
class Scratch {
 public:
  Scratch() {
    // In memory where that is possible: these tests sync thousands of times.
    std::string pattern = "/dev/shm/quaymaster_XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) {
      pattern = std::filesystem::temp_directory_path() / "quaymaster_XXXXXX";
      check(mkdtemp(pattern.data()) != nullptr);
    }
    path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void write(const std::filesystem::path& name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  std::string read(const std::filesystem::path& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace quaymaster::drive
