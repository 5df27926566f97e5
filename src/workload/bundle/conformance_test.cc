#include "testing/workload/workload_conformance.h"

#include <algorithm>

#include "workload/bundle/simulated.h"

namespace quaymaster::workload {
namespace {

using namespace test;

class TreeSubject final : public Subject {
 public:
  explicit TreeSubject(Place& place) : Subject(place) {
    for (int i = 0; i < 120; ++i) {
      write(place.source / fmt::format("d{}/f{}", i % 9, i), noise(20'000, 1000 + i));
    }
    write(place.source / "large", noise(6'000'000, 1));
    check(::symlink("large", (place.source / "link").c_str()) == 0);
  }
  std::unique_ptr<Source> source() override {
    TreeOptions options;
    options.threads = 3;
    return tree_source(place_.source, options);
  }
  void change() override {
    write(place_.source / "d1/f1", "changed");
    write(place_.source / "d2/added", "added");
    std::filesystem::remove(place_.source / "d3/f3");
    std::filesystem::remove(place_.target / "d3/f3");
  }
  std::unique_ptr<Target> target() override { return tree_target(place_.target); }
  bool restored() override { return all(place_.source, place_.target) && all(place_.target, place_.source); }
  bool left_nothing_wrong() override { return all(place_.target, place_.source); }

 private:
  /// Everything in `a` is in `b` and identical.
  static bool all(const Path& a, const Path& b) {
    return std::ranges::all_of(std::filesystem::recursive_directory_iterator(a), [&](const auto& entry) {
      const auto other = b / entry.path().lexically_relative(a);
      return entry.symlink_status().type() == std::filesystem::symlink_status(other).type() &&
             (!entry.is_regular_file() || read(entry.path()) == read(other));
    });
  }
};

class RawSubject : public Subject {
 public:
  explicit RawSubject(Place& place) : Subject(place) { write_image(image_); }
  std::unique_ptr<Source> source() override { return disk_source(image_, {}, {3}); }
  void change() override { overwrite(image_, 1 << 20, "changed"); }
  std::unique_ptr<Target> target() override { return disk_target(restored_, {ImageFormat::raw, true, 3}); }
  bool restored() override { return read(restored_) == read(image_); }
  bool left_nothing_wrong() override {
    return std::filesystem::is_empty(place_.target) || read(restored_) == read(image_);
  }

 protected:
  const Path image_ = place_.source / "image.raw";
  const Path restored_ = place_.target / "restored";
};

class Qcow2Subject final : public RawSubject {
 public:
  using RawSubject::RawSubject;
  std::unique_ptr<Target> target() override { return disk_target(restored_, {ImageFormat::qcow2, true, 3}); }
  bool restored() override { return bytes_of(*open_image(restored_, ImageFormat::qcow2).value()) == read(image_); }
  bool left_nothing_wrong() override { return std::filesystem::is_empty(place_.target) || restored(); }
};

class SimulatedSubject final : public Subject {
 public:
  using Subject::Subject;
  std::unique_ptr<Source> source() override {
    image_ = simulated_image(disk_);
    return disk_source(*image_, {3});
  }
  void change() override { ++disk_.generation; }
  std::unique_ptr<Target> target() override { return disk_target(restored_, {ImageFormat::raw, true, 3}); }
  bool restored() override { return read(restored_) == bytes_of(*image_); }
  bool left_nothing_wrong() override { return std::filesystem::is_empty(place_.target) || restored(); }

 private:
  SimulatedDisk disk_{30 << 20, 7, 0, 0.05, 0.3, 0.6};
  std::unique_ptr<DiskImage> image_;
  const Path restored_ = place_.target / "restored";
};

template <class T>
std::unique_ptr<Subject> make(Place& place) {
  return std::make_unique<T>(place);
}
INSTANTIATE_TEST_SUITE_P(Tree, SourceConformance, testing::Values(&make<TreeSubject>));
INSTANTIATE_TEST_SUITE_P(Tree, TargetConformance, testing::Values(&make<TreeSubject>));
INSTANTIATE_TEST_SUITE_P(Raw, SourceConformance, testing::Values(&make<RawSubject>));
INSTANTIATE_TEST_SUITE_P(Raw, TargetConformance, testing::Values(&make<RawSubject>));
INSTANTIATE_TEST_SUITE_P(Qcow2, TargetConformance, testing::Values(&make<Qcow2Subject>));
INSTANTIATE_TEST_SUITE_P(Simulated, SourceConformance, testing::Values(&make<SimulatedSubject>));

}  // namespace
}  // namespace quaymaster::workload
