// The vault engine without a server, for bench/vault_bench.py and for profilers.
// usage: bench_vault COMMAND ARGUMENTS   prints one line of JSON

#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/check.h"
#include "base/files/disk.h"
#include "objects/directory/directory_store.h"
#include "store/database.h"
#include "store/sqlite/open_sqlite.h"
#include "vault/engine/open_vault.h"
#include "vault/vault.h"
#include "workload/disk/disk.h"
#include "workload/tree.h"

namespace {

using namespace quaymaster;

template <class T>
T value(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().cause());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(result).value();
  }
}

/// A vault in a separate directory, with its key next to it.
struct Repository {
  explicit Repository(const std::string& directory, const vault::Options& options, bool make) {
    const Path path = directory;
    if (make) {
      check(std::filesystem::create_directories(path));
      Buffer secret(32);
      random.fill(secret);
      value(replace_file(disk, path / "key", secret));
    }
    const vault::KeyEncryptionKey key{vault::KeyEncryptionKey::Kind::file, value(read_file(disk, path / "key"))};
    const store::Schema schemas[] = {vault::schema()};
    database = value(store::open_sqlite(path / "records.db", schemas));
    objects = value(objects::open_directory(disk, path / "objects"));
    if (make) {
      value(vault::create_vault(*database, *objects, random, "v", key));
    }
    auto traced = options;
    traced.trace = workload::trace();
    opened = value(vault::open_vault(*database, *objects, clock, random, "v", key, traced));
  }
  std::optional<vault::Point> latest(const std::string& source) {
    const auto points = value(opened->points(source));
    if (points.empty()) {
      return std::nullopt;
    }
    return value(opened->point(points.front().id));
  }

  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<objects::ObjectStore> objects;
  std::unique_ptr<vault::Vault> opened;
};

std::unique_ptr<workload::Source> source_of(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return workload::tree_source(path);
  }
  return workload::disk_source(Path(path));
}

void back_up(Repository& repository, const std::string& name, const std::string& path) {
  auto& vault = *repository.opened;
  std::optional<workload::Previous> previous;
  if (auto point = repository.latest(name)) {
    previous = workload::Previous{std::move(point->root), workload::open_with(vault)};
  }
  auto session = value(vault.begin());
  const auto captured = value(source_of(path)->capture(*session, previous, {}));
  const auto point = value(vault.commit(std::move(session), name, captured.root, {}));
  fmt::print(R"({{"items":{},"bytes":{},"unchanged":{},"new":{},"stored":{},"chunks":{},"warnings":{}}})"
             "\n",
             captured.items, captured.bytes, captured.items_unchanged, point.totals.bytes_new,
             point.totals.bytes_stored, point.totals.chunks_new, captured.warning_count);
}

void restore(Repository& repository, const std::string& name, const std::string& path) {
  auto point = repository.latest(name);
  check(point.has_value());
  const bool is_disk = as_text(point->root).starts_with("QMDISK");
  const auto target = is_disk ? workload::disk_target(path) : workload::tree_target(path);
  const auto restored = value(target->restore(point->root, workload::open_with(*repository.opened), {}));
  fmt::print(R"({{"restored":{},"failed":{},"bytes":{}}})"
             "\n",
             restored.restored, restored.failed, restored.bytes);
}

/// Files that resemble source code: words of a language, identifiers of the file, indentation; sizes as in large
/// source trees (a median of 5 KiB, a few of hundreds of KiB).
class TreeMaker {
 public:
  explicit TreeMaker(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 6000; ++i) {
      words_.push_back(word(2 + static_cast<int>(random_() % 10)));
    }
  }
  void make(const Path& root, std::size_t files) {
    std::lognormal_distribution<double> sizes(std::log(5500.0), 1.3);
    Path directory = root;
    for (std::size_t i = 0; i < files; ++i) {
      if (i % 24 == 0) {
        directory = root / words_[random_() % 40] / (words_[random_() % 300] + std::to_string(i / 500)) /
                    words_[random_() % 6000];
        std::filesystem::create_directories(directory);
      }
      const auto text = file(static_cast<std::size_t>(std::min(sizes(random_), 800'000.0)));
      std::ofstream(directory / fmt::format("{}_{}.c", words_[random_() % 6000], i)) << text;
    }
  }

 private:
  std::string word(int length) {
    static constexpr std::string_view kLetters = "etaoinsrhldcumfpgwybvkxjqz";
    std::string text;
    for (int i = 0; i < length; ++i) {
      text += kLetters[std::min(random_() % 26, random_() % 26)];
    }
    return text;
  }
  std::string file(std::size_t size) {
    std::vector<std::string> own;
    for (int i = 0; i < 40; ++i) {
      own.push_back(words_[random_() % 6000] + "_" + words_[random_() % 6000]);
    }
    std::string text;
    int depth = 0;
    while (text.size() < size) {
      text.append(static_cast<std::size_t>(depth), '\t');
      for (auto count = 2 + random_() % 7; count > 0; --count) {
        const auto kind = random_() % 16;
        text += kind < 6    ? own[std::min(random_() % 40, random_() % 40)]
                : kind < 12 ? words_[std::min({random_() % 6000, random_() % 6000, random_() % 6000})]
                : kind < 14 ? "->"
                : kind < 15 ? std::to_string(random_() % 1000)
                            : "(struct ";
        text += random_() % 3 == 0 ? ", " : " ";
      }
      const auto end = random_() % 8;
      text += end == 0 ? "{\n" : end == 1 && depth > 0 ? "}\n" : ";\n";
      depth += end == 0 ? 1 : end == 1 && depth > 0 ? -1 : 0;
      depth = std::min(depth, 6);
    }
    return text;
  }

  std::mt19937_64 random_;
  std::vector<std::string> words_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("drives the vault engine");
  app.require_subcommand(1);
  std::string directory;
  std::string path;
  std::string name = "bench";
  std::size_t files = 0;
  vault::Options options;
  app.add_option("--level", options.compression_level);
  app.add_option("--threads", options.threads);
  const auto add = [&](const char* verb, const char* what) {
    auto* command = app.add_subcommand(verb, what);
    command->add_option("directory", directory)->required();
    return command;
  };
  auto* init = add("init", "makes a vault");
  auto* backup = add("backup", "backs a directory or an image up");
  backup->add_option("path", path)->required();
  backup->add_option("--name", name);
  auto* restoring = add("restore", "restores the latest point");
  restoring->add_option("path", path)->required();
  restoring->add_option("--name", name);
  auto* checking = add("check", "reads every byte");
  auto* making = add("make-tree", "writes files that look like source code");
  making->add_option("files", files)->required();
  CLI11_PARSE(app, argc, argv);

  if (*making) {
    TreeMaker(1).make(directory, files);
    return 0;
  }
  Repository repository(directory, options, static_cast<bool>(*init));
  if (*backup) {
    back_up(repository, name, path);
  }
  if (*restoring) {
    restore(repository, name, path);
  }
  if (*checking) {
    const auto report = value(repository.opened->check(vault::CheckDepth::every_byte, {}));
    fmt::print(R"({{"packs":{},"bytes":{},"damage":{}}})"
               "\n",
               report.packs, report.bytes, report.damage.size());
    return report.damage.empty() ? 0 : 1;
  }
  return 0;
}
