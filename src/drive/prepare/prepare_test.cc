#include "drive/prepare/prepare.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "drive/import/import_world_test.h"
#include "drive/manifest/drive_id.h"
#include "drive/prepare/source_walk.h"
#include "drive/verify/verify.h"
#include "testing/base/failing_disk.h"

namespace quaymaster::drive {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

/// A source directory and a drive directory, with small limits.
class PrepareWorld {
 public:
  PrepareWorld() {
    std::filesystem::create_directories(path("source"));
    std::filesystem::create_directories(path("drive"));
    task.drive = path("drive");
    task.drive_id = "DRIVE-1";
    task.source = "source";
    task.container = "photos";
    limits = {.slots = 3, .slot_bytes = 64, .block_bytes = 100, .group_files = 2, .group_bytes = 1000};
  }

  std::filesystem::path path(const std::string& name) const { return scratch.path() / name; }
  void file(const std::string& name, std::string_view text) const { scratch.write("source/" + name, text); }

  Result<PrepareResult> prepare(Disk& on, SourceTree& source) {
    PrepareEvents events;
    events.progress = [&](const PrepareProgress& progress) -> Result<> {
      last = progress;
      if (calls_until_stop >= 0 && calls_until_stop-- == 0) {
        calls_until_stop = 0;
        return cancelled("stopped");
      }
      return ok();
    };
    events.skipped = [&](const std::string& name, std::string_view reason) { skipped[name] = reason; };
    CountingRandom random;
    return prepare_drive(on, source, random, task, events, limits);
  }
  Result<PrepareResult> prepare(Disk& on) {
    TRY(const auto source, open_source(path("source"), path("drive")));
    return prepare(on, *source);
  }
  Result<PrepareResult> prepare() { return prepare(disk); }

  /// The problems that verify finds, one line each.
  std::vector<std::string> verify(std::string manifest_hash = "") {
    const auto root = DriveRoot::at(path("drive")).value();
    std::vector<std::string> problems;
    VerifyEvents events;
    events.progress = [](std::uint64_t, std::uint64_t) { return ok(); };
    events.problem = [&](const VerifyProblem& problem) { problems.push_back(problem.blob_path + ": " + problem.what); };
    verified = verify_drive(*root, {"\\DriveManifest.xml", std::move(manifest_hash), ""}, events,
                            {.slots = 3, .slot_bytes = 64, .slot_pieces = 8})
                   .value();
    if (!verified.sound() && problems.empty()) {
      problems.push_back(std::string(name(verified.status)));
    }
    return problems;
  }

  /// Every regular file below the drive except the journal, with its contents.
  std::map<std::string, std::string> drive_files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path("drive"))) {
      const auto relative = entry.path().lexically_relative(path("drive")).string();
      if (entry.is_regular_file() && !relative.starts_with(".quaymaster")) {
        files[relative] = scratch.read("drive/" + relative);
      }
    }
    return files;
  }
  std::string journal() const { return scratch.read("drive/.quaymaster/journal"); }

  Scratch scratch;
  SystemDisk disk;
  PrepareTask task;
  PrepareLimits limits;
  PrepareProgress last;
  int calls_until_stop = -1;
  std::map<std::string, std::string> skipped;
  VerifyResult verified;
};

/// Covers all paths through a copy: empty files, less than a block, whole blocks, more than a slot, several in a slot,
/// depth.
void fill(const PrepareWorld& world) {
  world.file("a/empty", "");
  world.file("a/small.txt", "small");
  world.file("a/two blocks.bin", std::string(200, '2'));
  world.file("b/c/odd.bin", std::string(257, 'o'));
  world.file("b/c/x", "x");
  world.file("top", "top");
}

TEST(Prepare, WritesADriveThatVerifies) {
  PrepareWorld world;
  fill(world);
  const auto result = world.prepare();
  ASSERT_TRUE(result) << result.error().cause();
  EXPECT_EQ(result.value().files, 6u);
  EXPECT_EQ(result.value().bytes, 0 + 5 + 200 + 257 + 1 + 3u);
  EXPECT_EQ(result.value().session, "session1");
  EXPECT_FALSE(result.value().resumed);
  EXPECT_EQ(result.value().entry.drive_id, "DRIVE-1");
  EXPECT_EQ(result.value().entry.manifest_file, "\\DriveManifest.xml");
  const auto manifest = world.scratch.read("drive/DriveManifest.xml");
  EXPECT_EQ(result.value().entry.manifest_hash, hex_upper(md5(as_bytes(manifest))));
  EXPECT_EQ(world.scratch.read("drive/session1/b/c/odd.bin"), std::string(257, 'o'));
  EXPECT_EQ(world.scratch.read("drive/DriveId"), "DRIVE-1\n");
  EXPECT_THAT(world.scratch.read("drive/.quaymaster/DRIVE-1.xml"), HasSubstr(result.value().entry.manifest_hash));
  EXPECT_THAT(manifest, HasSubstr("<BlobPath>photos/a/two blocks.bin</BlobPath>"));
  EXPECT_THAT(manifest, HasSubstr("<FilePath>\\session1\\a\\two blocks.bin</FilePath>"));
  EXPECT_THAT(world.verify(result.value().entry.manifest_hash), IsEmpty());
  EXPECT_EQ(world.verified.blobs, 6u);
  EXPECT_EQ(world.verified.drive_id, "DRIVE-1");
  EXPECT_EQ(world.last.bytes_done, world.last.bytes_total);
  EXPECT_EQ(world.last.files_done, 6u);
}

TEST(Prepare, SkipsAndReportsWhatIsNotAFile) {
  PrepareWorld world;
  world.file("file", "text");
  std::filesystem::create_symlink("file", world.path("source/link"));
  std::filesystem::create_directory_symlink("/", world.path("source/root"));
  ASSERT_EQ(mkfifo(world.path("source/fifo").c_str(), 0600), 0);
  const auto result = world.prepare();
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().files, 1u);
  EXPECT_EQ(result.value().skipped, 3u);
  EXPECT_THAT(world.skipped, ElementsAre(Pair("fifo", "not a regular file"), Pair("link", "symbolic link"),
                                         Pair("root", "symbolic link")));
}

TEST(Prepare, NeverPutsTheDriveOntoItself) {
  PrepareWorld world;
  world.file("file", "text");
  world.task.drive = world.path("source/mounted");
  std::filesystem::create_directories(world.task.drive);
  const auto source = open_source(world.path("source"), world.task.drive);
  const auto result = world.prepare(world.disk, *source.value());
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().files, 1u);
  EXPECT_EQ(open_source(world.path("source/mounted"), world.path("source")).error().kind(), Errc::invalid);
}

TEST(Prepare, TakesASingleFile) {
  PrepareWorld world;
  fill(world);
  world.task.prefix = "in/here/";
  const auto source = open_source(world.path("source/top"), world.path("drive"));
  const auto result = world.prepare(world.disk, *source.value());
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().files, 1u);
  EXPECT_THAT(world.scratch.read("drive/DriveManifest.xml"), HasSubstr("<BlobPath>photos/in/here/top</BlobPath>"));
}

TEST(Prepare, RenamesWhatADriveDoesNotAllow) {
  PrepareWorld world;
  const std::vector<std::string> names = {"a:b.txt",
                                          "A:B.txt",
                                          "same.txt",
                                          "SAME.txt",
                                          "con",
                                          "dot.",
                                          "ends ",
                                          "back\\slash",
                                          "bad\xff.bin",
                                          "tab\t",
                                          std::string(250, 'n') + ".txt",
                                          "grün"};
  for (const auto& name : names) {
    world.file(name, name);
  }
  world.file("dir?/file", "deep");
  world.file("DIR?/file", "deep too");
  const auto result = world.prepare();
  ASSERT_TRUE(result) << result.error().cause();
  EXPECT_EQ(result.value().files, names.size() + 2);
  EXPECT_THAT(world.skipped, IsEmpty());
  EXPECT_THAT(world.verify(), IsEmpty());
  std::set<std::string> folded;
  for (const auto& [path, bytes] : world.drive_files()) {
    std::string upper;
    for (const char c : path) {
      upper.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    }
    EXPECT_TRUE(folded.insert(upper).second) << path;
    EXPECT_EQ(path.find_first_of("<>:\"|?*\\\t"), path.npos) << path;
  }
  const auto manifest = world.scratch.read("drive/DriveManifest.xml");
  EXPECT_THAT(manifest, HasSubstr("<BlobPath>photos/a:b.txt</BlobPath>"));  // allowed in blob names
  EXPECT_THAT(manifest, HasSubstr("<BlobPath>photos/same.txt</BlobPath>"));
  EXPECT_THAT(manifest, HasSubstr("<BlobPath>photos/SAME.txt</BlobPath>"));
  EXPECT_THAT(manifest, HasSubstr("<BlobPath>photos/grün</BlobPath>"));
  EXPECT_THAT(manifest, HasSubstr("<BlobPath>photos/bad_~" + hex_lower(md5(as_bytes("bad\xff.bin"))).substr(0, 8) +
                                  ".bin</BlobPath>"));
}

TEST(Prepare, IsNotRepeatedOnceItIsFinished) {
  PrepareWorld world;
  fill(world);
  const auto first = world.prepare().value();
  const auto before = world.drive_files();
  world.file("later", "later");
  const auto second = world.prepare().value();
  EXPECT_TRUE(second.was_complete);
  EXPECT_EQ(second.files, first.files);
  EXPECT_EQ(second.entry.manifest_hash, first.entry.manifest_hash);
  EXPECT_EQ(world.drive_files(), before);
  std::filesystem::remove(world.path("drive/DriveManifest.xml"));  // recreated from the journal
  EXPECT_EQ(world.prepare().value().entry.manifest_hash, first.entry.manifest_hash);
  EXPECT_EQ(world.drive_files(), before);
}

TEST(Prepare, AddsSessions) {
  PrepareWorld world;
  fill(world);
  ASSERT_TRUE(world.prepare());
  world.task.prefix = "again/";
  world.task.disposition = Disposition::overwrite;
  const auto second = world.prepare();
  ASSERT_TRUE(second) << second.error().cause();
  EXPECT_EQ(second.value().session, "session2");
  world.task.session = "third-one";
  ASSERT_TRUE(world.prepare());
  EXPECT_THAT(world.verify(), IsEmpty());
  EXPECT_EQ(world.verified.blobs, 18u);
  world.task.session = "session1";
  EXPECT_EQ(world.prepare().error().kind(), Errc::conflict);
}

TEST(Prepare, AppliesMetadataAndProperties) {
  PrepareWorld world;
  fill(world);
  world.scratch.write("m.xml", "<Metadata><Source>scanner</Source></Metadata>");
  world.scratch.write("p.xml", "<Properties><Content-Type>text/plain</Content-Type></Properties>");
  world.task.metadata_file = world.path("m.xml");
  world.task.properties_file = world.path("p.xml");
  ASSERT_TRUE(world.prepare());
  EXPECT_THAT(world.verify(), IsEmpty());
  world.scratch.write("drive/session1.metadata.xml", "<Metadata><Source>other</Source></Metadata>");
  EXPECT_THAT(world.verify(), SizeIs(6));
  EXPECT_THAT(world.verify(), Contains("photos/top: Metadata Corrupted"));
  world.scratch.write("m.xml", "no metadata");
  EXPECT_EQ(world.prepare().error().kind(), Errc::invalid);
}

TEST(Prepare, RefusesTasksThatMakeNoSense) {
  PrepareWorld world;
  fill(world);
  const auto good = world.task;
  const auto kind = [&](const std::function<void(PrepareTask&)>& spoil) {
    world.task = good;
    spoil(world.task);
    const auto result = world.prepare();
    return result ? std::string("ok") : std::string(name(result.error().kind()));
  };
  EXPECT_EQ(kind([](auto& t) { t.container = "No"; }), "invalid");
  EXPECT_EQ(kind([](auto& t) { t.prefix = "no-slash"; }), "invalid");
  EXPECT_EQ(kind([](auto& t) { t.prefix = "/leading/"; }), "invalid");
  EXPECT_EQ(kind([](auto& t) { t.session = "a"; }), "invalid");
  EXPECT_EQ(kind([](auto& t) { t.session = "../up"; }), "invalid");
  EXPECT_EQ(kind([](auto& t) { t.drive_id = "no/slash"; }), "invalid");
  EXPECT_EQ(kind([](auto& t) { t.drive /= "missing"; }), "not_found");
  EXPECT_EQ(kind([](auto& t) { t.metadata_file = "/missing"; }), "not_found");
  EXPECT_THAT(world.drive_files(), IsEmpty());
  EXPECT_EQ(kind([](auto&) {}), "ok");
  EXPECT_EQ(kind([](auto& t) { t.drive_id = "OTHER"; }), "conflict");
}

TEST(Prepare, KeepsTheIdThatADriveHas) {
  PrepareWorld world;
  fill(world);
  world.task.drive_id = "";
  world.scratch.write("drive/DriveId", "  WD-7 \r\n");
  EXPECT_EQ(world.prepare().value().entry.drive_id, "WD-7");
}

TEST(Prepare, MakesAnIdForADriveThatHasNone) {
  PrepareWorld world;
  fill(world);
  world.task.drive_id = "";
  const auto id = world.prepare().value().entry.drive_id;
  EXPECT_TRUE(is_drive_id(id) && id.starts_with("QM")) << id;
  EXPECT_EQ(read_drive_id(*DriveRoot::at(world.path("drive")).value()).value(), id);
}

TEST(Prepare, DoesNotWriteThroughLinksOfTheDrive) {
  PrepareWorld world;
  fill(world);
  std::filesystem::create_directories(world.path("elsewhere"));
  const auto expect_refused = [&](const std::string& link) {
    std::filesystem::create_directories(world.path("drive/" + link).parent_path());
    std::filesystem::create_symlink(world.path("elsewhere"), world.path("drive/" + link));
    EXPECT_FALSE(world.prepare()) << link;
    EXPECT_TRUE(std::filesystem::is_empty(world.path("elsewhere"))) << link;
    std::filesystem::remove(world.path("drive/" + link));
  };
  for (const auto link : {".quaymaster", "DriveId", "DriveId.new", "session1"}) {
    expect_refused(link);
  }
  EXPECT_TRUE(world.prepare());
}

TEST(Prepare, RequiresAnUnfinishedSessionToBeFinishedFirst) {
  PrepareWorld world;
  fill(world);
  world.calls_until_stop = 9;
  ASSERT_EQ(world.prepare().error().kind(), Errc::cancelled);
  world.calls_until_stop = -1;
  world.task.prefix = "other/";
  EXPECT_EQ(world.prepare().error().kind(), Errc::conflict);
  world.task.prefix = "";
  EXPECT_TRUE(world.prepare().value().resumed);
}

TEST(Prepare, DoesNotTouchADirectoryThatItsJournalDoesNotKnow) {
  PrepareWorld world;
  fill(world);
  world.scratch.write("drive/session1/mine", "mine");
  EXPECT_EQ(world.prepare().error().kind(), Errc::conflict);
  EXPECT_EQ(world.scratch.read("drive/session1/mine"), "mine");
}

/// A source in which some files fail or shrink.
class BadSource final : public SourceTree {
 public:
  explicit BadSource(std::unique_ptr<SourceTree> real) : real_(std::move(real)) {}
  std::set<std::string> closed;
  std::map<std::string, std::uint64_t> shrinks_to;
  std::map<std::string, std::uint64_t> fails_at;

  Result<std::vector<SourceName>> list(const std::string& directory) override {
    if (closed.contains(directory)) {
      return forbidden("closed");
    }
    return real_->list(directory);
  }
  Result<std::unique_ptr<DriveFile>> open(const std::string& path) override {
    if (closed.contains(path)) {
      return forbidden("closed");
    }
    TRY(auto file, real_->open(path));
    return std::make_unique<BadFile>(*this, path, std::move(file));
  }

 private:
  class BadFile final : public DriveFile {
   public:
    BadFile(BadSource& source, std::string path, std::unique_ptr<DriveFile> file)
        : source_(source), path_(std::move(path)), file_(std::move(file)) {}
    Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
      const auto fails = source_.fails_at.find(path_);
      if (fails != source_.fails_at.end() && offset + into.size() > fails->second) {
        return io("bad sector");
      }
      const auto shrinks = source_.shrinks_to.find(path_);
      if (shrinks != source_.shrinks_to.end()) {
        into = into.first(std::min<std::uint64_t>(into.size(), shrinks->second - std::min(offset, shrinks->second)));
      }
      return file_->read_at(into, offset);
    }
    std::uint64_t size() const override { return file_->size(); }

   private:
    BadSource& source_;
    const std::string path_;
    const std::unique_ptr<DriveFile> file_;
  };
  std::unique_ptr<SourceTree> real_;
};

TEST(Prepare, SkipsWhatTheSourceCannotGive) {
  PrepareWorld world;
  fill(world);
  for (int i = 0; i < 8; ++i) {
    world.file("shrinks/" + std::to_string(i), std::string(257, 's'));
  }
  BadSource source(open_source(world.path("source"), world.path("drive")).value());
  source.closed = {"a/small.txt", "b/c"};
  source.fails_at["a/two blocks.bin"] = 150;
  const std::uint64_t sizes[] = {0, 1, 63, 64, 65, 100, 164, 256};
  for (int i = 0; i < 8; ++i) {
    source.shrinks_to["shrinks/" + std::to_string(i)] = sizes[i];
  }
  const auto result = world.prepare(world.disk, source);
  ASSERT_TRUE(result) << result.error().cause();
  EXPECT_EQ(result.value().files, 10u);  // a/empty, top, the shrunk ones
  EXPECT_EQ(world.skipped.size(), 3u);
  EXPECT_THAT(world.skipped["a/two blocks.bin"], HasSubstr("bad sector"));
  EXPECT_THAT(world.verify(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(world.path("drive/session1/a/two blocks.bin")));
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(world.scratch.read("drive/session1/shrinks/" + std::to_string(i)).size(), sizes[i]);
  }
}

std::map<std::string, std::string> undisturbed() {
  PrepareWorld world;
  fill(world);
  EXPECT_TRUE(world.prepare());
  return world.drive_files();
}

TEST(PrepareResume, StoppedAtEveryPoint) {
  const auto expected = undisturbed();
  for (int n = 0;; ++n) {
    PrepareWorld world;
    fill(world);
    world.calls_until_stop = n;
    const auto first = world.prepare();
    world.calls_until_stop = -1;
    if (first) {
      EXPECT_GT(n, 15);
      return;
    }
    const auto second = world.prepare();
    ASSERT_TRUE(second) << second.error().cause();
    ASSERT_EQ(world.drive_files(), expected) << "stopped at call " << n;
    ASSERT_EQ(second.value().files, 6u);
    ASSERT_EQ(second.value().bytes, 466u);
  }
}

void fail_every_operation(Errc kind) {
  const auto expected = undisturbed();
  for (int n = 0;; ++n) {
    PrepareWorld world;
    fill(world);
    FailingDisk failing(world.disk, n, kind, true);
    const auto first = world.prepare(failing);
    if (!failing.has_failed()) {
      EXPECT_TRUE(first);
      EXPECT_GT(n, 50);
      return;
    }
    if (!first) {
      ASSERT_EQ(first.error().kind(), kind) << first.error().cause();
    }
    const auto second = world.prepare();
    ASSERT_TRUE(second) << second.error().cause() << ", failed at " << n;
    ASSERT_EQ(world.drive_files(), expected) << "failed at operation " << n;
  }
}
TEST(PrepareResume, AfterAFullDrive) {
  fail_every_operation(Errc::no_space);
}
TEST(PrepareResume, AfterADriveThatFailed) {
  fail_every_operation(Errc::io);
}

TEST(PrepareResume, WithTheJournalCutAnywhere) {
  const auto expected = undisturbed();
  PrepareWorld world;
  fill(world);
  ASSERT_TRUE(world.prepare());
  const auto journal = world.journal();
  const auto session_at = journal.find("\"session\":\"session1\"");
  for (std::size_t size = 0; size <= journal.size(); size += 7) {
    world.scratch.write("drive/.quaymaster/journal", std::string_view(journal).substr(0, size));
    const auto result = world.prepare();
    if (!result) {  // without the session's record its directory belongs to someone else
      ASSERT_EQ(result.error().kind(), Errc::conflict) << result.error().cause();
      ASSERT_LT(size, session_at + 200);
      continue;
    }
    ASSERT_EQ(world.drive_files(), expected) << "cut to " << size << " of " << journal.size();
  }
}

TEST(Verify, FindsWhateverIsWrong) {
  PrepareWorld world;
  fill(world);
  ASSERT_TRUE(world.prepare());
  world.scratch.write("drive/session1/a/small.txt", "SMALL");
  world.scratch.write("drive/session1/b/c/odd.bin", std::string(250, 'o'));
  std::filesystem::remove(world.path("drive/session1/top"));
  EXPECT_THAT(world.verify(), ElementsAre("photos/a/small.txt: Corrupted at 0",
                                          "photos/b/c/odd.bin: FileUnexpectedEnd at 200", "photos/top: FileNotFound"));
  EXPECT_EQ(world.verified.status, DriveStatusCode::completed_with_errors);
  EXPECT_EQ(world.verified.bad_blobs, 3u);
  EXPECT_THAT(world.verify(std::string(32, '0')), ElementsAre("ManifestCorrupted"));
  world.scratch.write("drive/DriveManifest.xml", "<DriveManifest");
  EXPECT_THAT(world.verify(), ElementsAre("ManifestFormatInvalid"));
  std::filesystem::remove(world.path("drive/DriveManifest.xml"));
  EXPECT_THAT(world.verify(), ElementsAre("ManifestNotFound"));
}

TEST(DriveId, ComesFromTheManifestOfOtherTools) {
  Scratch scratch;
  TestDrive drive(scratch);
  const auto id = [&] {
    const auto root = DriveRoot::at(drive.path()).value();
    const auto read = read_drive_id(*root);
    return read ? read.value() : "error: " + std::string(name(read.error().kind()));
  };
  EXPECT_EQ(id(), "error: not_found");
  drive.finish("WD 1234");
  EXPECT_EQ(id(), "WD 1234");
  drive.write("DriveId", "OWN-1\n");
  EXPECT_EQ(id(), "OWN-1");
  drive.write("DriveId", "../../etc");
  EXPECT_EQ(id(), "error: corrupt");
  drive.write("DriveId", std::string(5000, 'x'));
  EXPECT_EQ(id(), "error: corrupt");
}

/// From a source tree through a drive into the store and back.
class RoundTrip : public ImportWorld {};

TEST_F(RoundTrip, FromASourceToItsBlobs) {
  PrepareWorld world;
  fill(world);
  const auto result = world.prepare();
  ASSERT_TRUE(result);
  const auto root = DriveRoot::at(world.path("drive")).value();
  task_.drive_id = result.value().entry.drive_id;
  task_.manifest_file = result.value().entry.manifest_file;
  task_.manifest_hash = result.value().entry.manifest_hash;
  EXPECT_EQ(import(root.get()), "Completed") << error_log();
  EXPECT_THAT(
      blobs_of("photos"),
      ElementsAre(Pair("a/empty", ""), Pair("a/small.txt", "small"), Pair("a/two blocks.bin", std::string(200, '2')),
                  Pair("b/c/odd.bin", std::string(257, 'o')), Pair("b/c/x", "x"), Pair("top", "top")));
}

}  // namespace
}  // namespace quaymaster::drive
