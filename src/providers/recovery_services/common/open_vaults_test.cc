#include "providers/recovery_services/common/open_vaults.h"

#include <thread>

#include "providers/recovery_services/world_test.h"
#include "testing/jobs/engine_fixture.h"

namespace quaymaster::recovery_services {
namespace {

/// Objects; those below one prefix can be read only once the gate is open.
class HeldObjects final : public objects::ObjectStore {
 public:
  explicit HeldObjects(objects::ObjectStore& real) : real_(real) {}
  void hold(std::string prefix) { held_ = std::move(prefix); }

  Result<> put(const objects::Name& name, Bytes bytes) override { return real_.put(name, bytes); }
  Result<std::unique_ptr<objects::ObjectWriter>> create(const objects::Name& name) override {
    return real_.create(name);
  }
  Result<std::unique_ptr<objects::ObjectWriter>> reopen(const objects::Name& name) override {
    return real_.reopen(name);
  }
  Result<std::size_t> read(const objects::Name& name, std::uint64_t offset, MutableBytes into) override {
    if (!held_.empty() && std::string_view(name).starts_with(held_)) {
      gate.pass();
    }
    return real_.read(name, offset, into);
  }
  Result<std::uint64_t> size(const objects::Name& name) override { return real_.size(name); }
  Result<> remove(const objects::Name& name) override { return real_.remove(name); }
  Result<std::vector<objects::Name>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
    return real_.list(prefix, after, limit);
  }
  Result<std::uint64_t> free_bytes() override { return real_.free_bytes(); }

  jobs::StepBarrier gate;

 private:
  objects::ObjectStore& real_;
  std::string held_;
};

class OpenVaultsTest : public World {
 protected:
  Services services() {
    vault::KeyEncryptionKey key;
    key.secret = Buffer(32, 7);
    vault::Options options;
    options.threads = 1;
    return {*fixture.database,
            *engine,
            held,
            *blobs,
            *fixture.groups,
            accounts,
            machines,
            shares,
            fixture.clock,
            random,
            disk,
            *fixture.issuer,
            key,
            options};
  }
  HeldObjects held{*objects};
};

TEST_F(OpenVaultsTest, OpeningAVaultDoesNotBlockOthers) {
  auto given = services();
  OpenVaults rooms(given);
  const auto slow = random.guid();
  const auto quick = random.guid();
  ASSERT_TRUE(rooms.create(slow));
  ASSERT_TRUE(rooms.create(quick));
  held.hold("vaults/" + slow.text());
  std::shared_ptr<vault::Vault> first;
  std::shared_ptr<vault::Vault> second;
  std::thread one([&] { first = rooms.open(slow).value(); });
  held.gate.await_arrivals(1);
  std::thread two([&] { second = rooms.open(slow).value(); });
  EXPECT_TRUE(rooms.open(quick)) << "while the other one waits";
  EXPECT_TRUE(rooms.remove(quick, {}));
  held.gate.open();
  one.join();
  two.join();
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(first, second) << "opened once";
}

TEST_F(OpenVaultsTest, ARemovedVaultIsNotOpenedAgain) {
  auto given = services();
  OpenVaults rooms(given);
  const auto vault = random.guid();
  ASSERT_TRUE(rooms.create(vault));
  ASSERT_TRUE(rooms.open(vault));
  ASSERT_TRUE(rooms.remove(vault, {}));
  EXPECT_EQ(rooms.open(vault).error().kind(), Errc::not_found);
  EXPECT_TRUE(rooms.remove(vault, {})) << "again";
}

}  // namespace
}  // namespace quaymaster::recovery_services
