#include "providers/compute/machines.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "arm/document.h"
#include "base/check.h"
#include "providers/compute/image.h"
#include "testing/arm/arm_fixture.h"
#include "testing/arm/golden.h"

namespace quaymaster::compute {
namespace {

class MachinesTest : public testing::Test {
 protected:
  MachinesTest() : fixture({schema()}) {
    std::string pattern = (std::filesystem::temp_directory_path() / "qm-compute-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    std::filesystem::create_directories(root / "images");
    write("images/a.raw", std::string(3'000'000, 'x'));
    write("images/b.raw", "tiny");
    write("secret", "not an image");
    fixture.make_group("rg");
    machines = std::make_unique<Machines>(*fixture.database, *fixture.groups, fixture.clock, random,
                                          std::vector<Path>{root / "images"});
    fixture.serve({arm::Registration(kComputeProvider, *machines)});
  }
  ~MachinesTest() override { std::filesystem::remove_all(root); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(root / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  Result<Image> looked_at(const std::string& name) const {
    return look_at_image(OpenDirectory::at(root / "images").value(), name);
  }
  static std::string at(const std::string& type, const std::string& name) {
    return arm::ArmFixture::group_path("rg") + "/providers/Microsoft.Compute/" + type + "/" + name +
           "?api-version=2022-08-01";
  }
  static std::string id(const std::string& type, const std::string& name) {
    return arm::ArmFixture::group_path("rg") + "/providers/Microsoft.Compute/" + type + "/" + name;
  }
  http::Reply put_disk(const std::string& name, const std::string& uri) {
    return fixture.put(
        at("disks", name),
        R"({"location":"westeurope","properties":{"creationData":{"createOption":"Import","sourceUri":")" + uri +
            R"("}}})");
  }
  http::Reply put_machine(const std::string& name, const std::string& os, const std::string& data = "") {
    return fixture.put(at("virtualMachines", name),
                       R"({"location":"westeurope","properties":{"hardwareProfile":{"vmSize":"Standard_B1s"},)"
                       R"("storageProfile":{"osDisk":{"osType":"Linux","managedDisk":{"id":")" +
                           id("disks", os) + R"("}},"dataDisks":[)" + data + "]}}}");
  }
  std::string image(const std::string& name) const { return (root / "images" / name).string(); }

  Path root;
  SystemRandom random;
  arm::ArmFixture fixture;
  std::unique_ptr<Machines> machines;
};

TEST_F(MachinesTest, AMachineIsMadeOfDisksThatNameImages) {
  EXPECT_EQ(put_disk("os", "file://" + image("a.raw")).status, 200);
  EXPECT_EQ(put_disk("data", image("b.raw")).status, 200);
  const auto made = put_machine("vm1", "os", R"({"lun":3,"managedDisk":{"id":")" + id("disks", "DATA") + R"("}})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_NE(made.body.find(R"("vmId":")"), std::string::npos);
  EXPECT_EQ(fixture.get(at("virtualmachines", "VM1")).body, made.body);
  EXPECT_EQ(put_machine("vm1", "os").status, 200);
  std::optional<arm::Machine> seen;
  ASSERT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
    TRY(seen, machines->by_id(reader, id("VIRTUALMACHINES", "vm1")));
    return ok();
  }));
  EXPECT_EQ(seen->os_disk.size, 3'000'000);
  EXPECT_EQ(seen->os_disk.format, "raw");
  EXPECT_TRUE(seen->data_disks.empty());
  EXPECT_NE(fixture.get(at("disks", "os")).body.find(R"("diskState":"Attached")"), std::string::npos);
}

TEST_F(MachinesTest, EveryMachineSaysWhatIsKnownOfItsNetworkAndPower) {
  ASSERT_EQ(put_disk("a", image("a.raw")).status, 200);
  ASSERT_EQ(put_machine("vm", "a").status, 201);
  const auto has = [](const http::Reply& reply, std::string_view text) {
    return reply.body.find(text) != std::string::npos;
  };
  const auto machine = at("virtualMachines", "vm");
  const auto plain = fixture.get(machine);
  EXPECT_TRUE(has(plain, R"("networkProfile":{"networkInterfaces":[]})")) << plain.body;
  EXPECT_FALSE(has(plain, "instanceView"));
  EXPECT_TRUE(has(fixture.get(machine + "&$expand=instanceView"), R"("code":"PowerState/unknown")"));
  const auto list =
      arm::ArmFixture::subscription_path() + "/providers/Microsoft.Compute/virtualMachines?api-version=2022-08-01";
  EXPECT_FALSE(has(fixture.get(list), "instanceView"));
  EXPECT_TRUE(has(fixture.get(list + "&statusOnly=true"), R"("code":"PowerState/unknown")"));
  const auto view = fixture.get(at("virtualMachines", "vm/instanceView"));
  EXPECT_EQ(view.status, 200);
  EXPECT_TRUE(view.body.starts_with(R"({"statuses":[{"code":"ProvisioningState/succeeded")")) << view.body;
  EXPECT_EQ(fixture.get(at("virtualMachines", "none/instanceView")).status, 404);
}

TEST_F(MachinesTest, OnlyImagesInAllowedDirectoriesAreAccepted) {
  std::filesystem::create_symlink(root / "secret", root / "images/link");
  std::filesystem::create_symlink(root, root / "images/up");
  for (const auto& uri :
       {(root / "secret").string(), image("../secret"), image("link"), image("up/secret"), image("missing"),
        (root / "images").string(), std::string("relative"), std::string("https://x/y"), std::string("file://%00")}) {
    const auto reply = put_disk("d", uri);
    EXPECT_EQ(reply.status, 400) << uri;
    EXPECT_EQ(reply.body.find("No such"), std::string::npos);
  }
  EXPECT_FALSE(machines->allowed_image(root / "images/up/new"));
  EXPECT_TRUE(machines->allowed_image(root / "images/new"));
}

TEST_F(MachinesTest, ImpossibleRequestsAreRefused) {
  ASSERT_EQ(put_disk("os", image("a.raw")).status, 200);
  EXPECT_EQ(put_disk("os", image("b.raw")).status, 409);
  EXPECT_EQ(put_machine("vm1", "none").status, 404);
  const std::string same = R"({"lun":0,"managedDisk":{"id":")" + id("disks", "os") + R"("}})";
  EXPECT_EQ(put_machine("vm1", "os", same).status, 400);
  EXPECT_EQ(put_machine("vm1", "os").status, 201);
  EXPECT_EQ(put_machine("vm2", "os").status, 409);
  EXPECT_EQ(fixture.del(at("disks", "os")).status, 409);
  EXPECT_EQ(fixture.del(at("virtualMachines", "vm1")).status, 200);
  EXPECT_EQ(fixture.del(at("virtualMachines", "vm1")).status, 204);
  EXPECT_EQ(fixture.del(at("disks", "os")).status, 200);
  EXPECT_TRUE(std::filesystem::exists(image("a.raw")));
  EXPECT_EQ(fixture.get(at("virtualMachines", "vm1")).status, 404);
}

TEST_F(MachinesTest, QcowHeadersAreNotTrusted) {
  std::string head("QFI\xfb\0\0\0\2", 8);
  head.resize(72);
  head[23] = 16;  // clusters of 64 KiB
  head[29] = 1;   // 65536 bytes
  head[39] = 1;   // one entry of level 1
  write("images/q.qcow2", head);
  const auto image_of = looked_at("q.qcow2");
  ASSERT_TRUE(image_of);
  EXPECT_EQ(image_of.value().format, "qcow2");
  EXPECT_EQ(image_of.value().size, 65536);
  write("images/short.qcow2", head.substr(0, 71));
  EXPECT_FALSE(looked_at("short.qcow2"));
  const auto refused = [&](std::size_t at, char byte) {
    auto wrong = head;
    wrong[at] = byte;
    write("images/wrong.qcow2", wrong);
    return !looked_at("wrong.qcow2");
  };
  EXPECT_TRUE(refused(7, 9)) << "a version that does not exist";
  EXPECT_TRUE(refused(15, 100)) << "a backing file, which a backup would not read";
  EXPECT_TRUE(refused(35, 1)) << "encrypted";
  EXPECT_TRUE(refused(29, 0)) << "no bytes";
}

TEST_F(MachinesTest, DeletingAGroupDeletesItsMachines) {
  ASSERT_EQ(put_disk("os", image("a.raw")).status, 200);
  ASSERT_EQ(put_machine("vm1", "os").status, 201);
  std::vector<arm::GenericResource> all;
  ASSERT_TRUE(fixture.database->read(
      [&](store::Reader& reader) { return machines->list(reader, arm::ArmFixture::kSubscription, "", "", 10, all); }));
  EXPECT_EQ(all.size(), 2);
  ASSERT_TRUE(machines->remove_group(arm::ArmFixture::kSubscription, "rg", {}));
  EXPECT_EQ(fixture.get(at("disks", "os")).status, 404);
}

TEST(ComputeTable, HasItsPage) {
  EXPECT_EQ(arm::compare_golden(arm::document_file(kComputeProvider), arm::document(kComputeProvider)), "");
}

}  // namespace
}  // namespace quaymaster::compute
