#include <limits>
#include <map>
#include <optional>
#include <random>

#include "blob/records/records.h"
#include "blob/store/states_fixture_test.h"

namespace quaymaster::blob {
namespace {

using std::chrono::days;

/// Random calls on few names with changing settings and a moving clock, compared with states in memory.
class BlobStatesModel : public StatesTest, public testing::WithParamInterface<unsigned> {
 protected:
  struct State {
    FormerKind kind;
    std::string text;
    std::optional<Time> expires;
    int order = 0;
  };
  struct Name {
    std::optional<std::string> current;
    std::optional<int> version;  // the order that the current blob will have as a version
    std::vector<State> former;   // in order; a deleted blob is the last
  };

  std::size_t any(std::size_t below) { return random_() % below; }
  Name& any_name(std::string& name) {
    name = fmt::format("{}/{}", any(2), any(2));
    return names_[name];
  }

  /// States whose days are over are gone.
  void expire() {
    for (auto& [name, model] : names_) {
      std::erase_if(model.former, [&](const State& state) { return state.expires && *state.expires <= clock_.now(); });
    }
  }
  std::optional<Time> expiry() const { return clock_.now() + days{keeping_.blob_days}; }

  void add(Name& model, State state) {
    state.order = state.kind == FormerKind::deleted_blob               ? std::numeric_limits<int>::max()
                  : state.kind == FormerKind::version && model.version ? *model.version
                                                                       : ++order_;
    const auto at = std::ranges::upper_bound(model.former, state.order, {}, &State::order);
    model.former.insert(at, std::move(state));
  }
  void begin_version(Name& model) { model.version = keeping_.versions ? std::optional(++order_) : std::nullopt; }

  /// Before the current one is overwritten.
  void keep_current(Name& model) {
    if (!model.current) {
      if (!model.former.empty() && model.former.back().kind == FormerKind::deleted_blob) {
        model.former.back().kind = FormerKind::snapshot;
        model.former.back().order = ++order_;
      }
      return;
    }
    if (keeping_.versions || model.version) {
      add(model, {FormerKind::version, *model.current, {}});
    } else if (keeping_.blob_days > 0) {
      add(model, {FormerKind::snapshot, *model.current, expiry()});
    }
  }

  void put_any() {
    std::string name;
    auto& model = any_name(name);
    const auto text = pattern(any(2) == 0 ? any(100) : any(40'000), random_());
    ASSERT_TRUE(put(name, text));
    keep_current(model);
    model.current = text;
    begin_version(model);
  }
  void commit_any() {
    std::string name;
    auto& model = any_name(name);
    const auto text = pattern(any(3'000), random_());
    ASSERT_TRUE(stage(name, "AA==", text));
    ASSERT_TRUE(list_of(name, {"AA==", "AA=="}));
    keep_current(model);
    model.current = text + text;
    begin_version(model);
  }
  void set_metadata_any() {
    std::string name;
    auto& model = any_name(name);
    const auto set = blobs().set_metadata(key(name), {{"k", "v"}}, {});
    ASSERT_EQ(set.has_value(), model.current.has_value());
    if (set && (keeping_.versions || model.version)) {
      add(model, {FormerKind::version, *model.current, {}});
      begin_version(model);
    }
  }
  void snap_any() {
    std::string name;
    auto& model = any_name(name);
    ASSERT_EQ(blobs().create_snapshot(key(name), {}, {}).has_value(), model.current.has_value());
    if (!model.current) {
      return;
    }
    if (keeping_.versions) {
      add(model, {FormerKind::version, *model.current, {}});
    }
    add(model, {FormerKind::snapshot, *model.current, {}});
    if (keeping_.versions) {
      begin_version(model);
    }
  }
  void delete_any() {
    std::string name;
    auto& model = any_name(name);
    const auto how = static_cast<SnapshotDeletion>(any(3));
    const auto is_snapshot = [](const State& state) { return state.kind == FormerKind::snapshot && !state.expires; };
    const auto has_snapshots = std::ranges::any_of(model.former, is_snapshot);
    const bool works = model.current && (how != SnapshotDeletion::refuse || !has_snapshots);
    ASSERT_EQ(blobs().delete_blob(key(name), {}, {.snapshots = how}).has_value(), works);
    if (!works) {
      return;
    }
    if (keeping_.blob_days > 0) {
      for (auto& state : model.former) {
        if (is_snapshot(state)) {
          state.expires = expiry();
        }
      }
    } else {
      std::erase_if(model.former, is_snapshot);
    }
    if (how == SnapshotDeletion::only) {
      return;
    }
    if (keeping_.versions || model.version) {
      add(model, {FormerKind::version, *model.current, {}});
    } else if (keeping_.blob_days > 0) {
      add(model, {FormerKind::deleted_blob, *model.current, expiry()});
    }
    model.current.reset();
    model.version.reset();
  }
  /// Deletes a snapshot or version, by the id that a listing shows.
  void delete_state() {
    std::string name;
    auto& model = any_name(name);
    if (model.former.empty()) {
      return;
    }
    const auto chosen = any(model.former.size());
    auto& state = model.former[chosen];
    if (state.kind == FormerKind::deleted_blob || state.expires) {
      return;
    }
    const auto id = id_of(name, chosen);
    ASSERT_TRUE(blobs().delete_blob(key(name), {}, {.state = id}));
    if (keeping_.blob_days > 0) {
      state.expires = expiry();
    } else {
      model.former.erase(model.former.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
  }
  StateId id_of(const std::string& name, std::size_t index) {
    auto request = everything();
    request.prefix = name;
    const auto blob = blobs().list_blobs("a", "c", request).value().items.at(index).blob.value();
    return blob.snapshot ? snapshot(*blob.snapshot) : version(*blob.version);
  }
  void undelete_any() {
    std::string name;
    auto& model = any_name(name);
    const bool works = model.current || !model.former.empty();
    ASSERT_EQ(blobs().undelete_blob(key(name)).has_value(), works);
    if (!model.former.empty() && model.former.back().kind == FormerKind::deleted_blob) {
      model.current = model.former.back().text;
      model.former.pop_back();
    }
    for (auto& state : model.former) {
      state.expires.reset();
    }
  }
  void change_settings() {
    keeping_ = {.versions = any(2) == 0, .blob_days = static_cast<int>(any(3))};
    keep(keeping_);
  }

  void reclaim() { ASSERT_TRUE(blobs().reclaim()); }

  void compare() {
    std::vector<std::string> expected;
    for (const auto& [name, model] : names_) {
      for (const auto& state : model.former) {
        const auto kind = state.kind == FormerKind::snapshot ? "s" : state.kind == FormerKind::version ? "v" : "d";
        expected.push_back(
            fmt::format("{}{}:{}={}", state.expires ? "-" : "", kind, name, state.expires ? "" : state.text));
      }
      if (model.current) {
        expected.push_back(name + "=" + *model.current);
      }
    }
    ASSERT_TRUE(states(everything(1 + any(4))) == expected);
    expect_exact_counts();
  }

  void take_steps();

  std::mt19937 random_{GetParam()};
  Keeping keeping_;
  int order_ = 0;
  std::map<std::string, Name> names_;
};

void BlobStatesModel::take_steps() {
  for (int step = 0; step < 400 && !HasFailure(); ++step) {
    SCOPED_TRACE(fmt::format("step {}", step));
    expire();
    const auto dice = any(100);
    dice < 25   ? put_any()
    : dice < 33 ? commit_any()
    : dice < 40 ? set_metadata_any()
    : dice < 52 ? snap_any()
    : dice < 65 ? delete_any()
    : dice < 75 ? delete_state()
    : dice < 81 ? undelete_any()
    : dice < 86 ? change_settings()
    : dice < 90 ? clock_.advance(any(2) == 0 ? days{1} : Ticks{7})
    : dice < 92 ? reopen()
    : dice < 96 ? reclaim()
                : compare();
  }
  expire();
  compare();
  ASSERT_TRUE(blobs().delete_container("a", "c", {}));
  ASSERT_TRUE(blobs().reclaim());
  ASSERT_TRUE(blobs().reclaim());  // an extent that the first one sealed
  EXPECT_EQ(bytes_on_disk(), 0u);
  expect_exact_counts();
}

TEST_P(BlobStatesModel, AgreesWithStatesInMemory) {
  use_small_extents(64 * kKiB);
  take_steps();
}

INSTANTIATE_TEST_SUITE_P(Seeds, BlobStatesModel, testing::Range(1u, 17u));

}  // namespace
}  // namespace quaymaster::blob
