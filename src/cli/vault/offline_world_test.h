#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/check.h"
#include "cli/vault/offline_data.h"
#include "objects/directory/directory_store.h"
#include "providers/recovery_services/provider.h"
#include "store/sqlite/open_sqlite.h"
#include "vault/engine/open_vault.h"
#include "workload/bundle/bundle.h"
#include "workload/disk/disk.h"
#include "workload/tree.h"

namespace quaymaster::cli {

namespace rs = recovery_services;

inline void write(const Path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}
inline std::string read(const Path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A data directory as left by a server: one vault with a file share and a machine of two disks.
class Offline : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "qm-offline-XXXXXX";
    check(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
    write(root_ / "share/a/one.txt", "one");
    write(root_ / "share/a/two.txt", std::string(100'000, '2'));
    std::filesystem::create_symlink("one.txt", root_ / "share/a/link");
    write(root_ / "os.img", std::string(600'000, 'o'));
    write(root_ / "data.img", std::string(300'000, 'd'));
    write(data() / "lock", "");
    write(data() / "vault.key", std::string(32, 'k'));
    fill();
    terminal_.out = [this](std::string_view text) { out_ += text; };
    terminal_.err = [this](std::string_view text) { err_ += text; };
  }
  ~Offline() override { std::filesystem::remove_all(root_); }

  Path data() const { return root_ / "data"; }

  void fill() {
    SystemDisk disk;
    SystemClock clock;
    SystemRandom random;
    auto schemas = rs::schemas();
    schemas.push_back(vault::schema());
    const auto records = store::open_sqlite(data() / "records.db", schemas).value();
    const auto objects = objects::open_directory(disk, data() / "objects").value();
    rs::VaultRecord record;
    record.id = random.guid();
    record.name = "Safe";
    record.subscription = "11111111-1111-1111-1111-111111111111";
    record.group = "rg";
    record.location = "westeurope";
    record.is_ready = true;
    const vault::KeyEncryptionKey key{vault::KeyEncryptionKey::Kind::file, Buffer(32, 'k')};
    check(static_cast<bool>(vault::create_vault(*records, *objects, random, record.prefix(), key)));
    vault::Options options;
    options.trace = workload::trace();
    const auto vault = vault::open_vault(*records, *objects, clock, random, record.prefix(), key, options).value();

    const auto back_up = [&](rs::SourceKind kind, const std::string& name, std::int64_t point_name) {
      rs::ItemRecord item;
      item.id = random.guid();
      item.vault = record.id;
      item.kind = kind;
      item.container = "container-" + name;
      item.item = "item;" + name;
      item.friendly_name = name;
      check(static_cast<bool>(records->write([&](store::Writer& writer) { return rs::insert_item(writer, item); })));
      auto session = vault->begin().value();
      Buffer root;
      if (kind == rs::SourceKind::file_share) {
        root = workload::tree_source(root_ / "share")->capture(*session, {}, {}).value().root;
      } else {
        workload::Bundle bundle{R"({"disks":[{"lun":-1,"name":"vm1-os"},{"lun":0,"name":"vm1-data"}]})", {}};
        for (const auto& [part, file] : {std::pair("lun-1", "os.img"), std::pair("lun0", "data.img")}) {
          bundle.parts.push_back({part, workload::disk_source(root_ / file)->capture(*session, {}, {}).value().root});
        }
        root = workload::bundle_root(bundle).value();
      }
      check(static_cast<bool>(vault->commit(std::move(session), item.id.text(), root,
                                            [&](store::Writer& writer, const vault::Point& point) {
                                              rs::PointRecord made;
                                              made.id = point.id;
                                              made.item = item.id;
                                              made.name = point_name;
                                              made.time = point.created;
                                              made.source = "{}";
                                              made.bytes = point.totals.bytes_read;
                                              made.bytes_new = point.totals.bytes_new;
                                              return rs::insert_point(writer, made);
                                            })));
    };
    check(static_cast<bool>(records->write([&](store::Writer& writer) { return rs::insert_vault(writer, record); })));
    back_up(rs::SourceKind::file_share, "files", 4711);
    back_up(rs::SourceKind::machine, "vm1", 4712);
  }

  using Given = std::vector<std::pair<std::string, std::string>>;
  Result<int> run(Result<int> (*command)(const Arguments&, Terminal&), const Given& given) {
    Arguments arguments;
    arguments.add("data", data().native());
    for (const auto& [name, value] : given) {
      arguments.add(name, value);
    }
    out_.clear();
    err_.clear();
    return command(arguments, terminal_);
  }

  /// Every file of the data directory with its bytes and its time.
  std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data())) {
      all[entry.path()] = fmt::format("{} ", entry.last_write_time().time_since_epoch().count()) +
                          (entry.is_regular_file() ? read(entry.path()) : "");
    }
    return all;
  }

  Path root_;
  Terminal terminal_;
  std::string out_;
  std::string err_;
};

}  // namespace quaymaster::cli
