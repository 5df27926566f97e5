#include "drive/import/importer.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "drive/import/import_commit.h"
#include "drive/import/import_world_test.h"

namespace quaymaster::drive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class Importer : public ImportWorld {};

std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 12345;
  for (auto& c : text) {
    c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  }
  return text;
}

TEST_F(Importer, CopiesEveryKindOfBlob) {
  const auto large = noise(1000);
  const auto pages = noise(2048);
  drive_.add("photos/small.txt", "small");
  drive_.add("photos/empty", "");
  drive_.add("photos/a/b/blocks.bin", large, 64);           // one block per slot
  drive_.add("photos/odd.bin", large, 37);                  // several blocks in a slot
  drive_.add("photos/wide.bin", large, 200);                // blocks longer than a slot
  drive_.add("photos/plain.bin", large, 100, false);        // no block ids
  drive_.add("photos/same.bin", std::string(95, 'x'), 10);  // the same id again and again
  drive_.add_pages("disks/holes.vhd", pages, {0, 1024});
  drive_.add("$root/top", "in the root container");
  finish_drive();

  EXPECT_EQ(import(), "Completed") << error_log();
  EXPECT_EQ(text("photos", "small.txt"), "small");
  EXPECT_EQ(text("photos", "empty"), "");
  for (const auto name : {"a/b/blocks.bin", "odd.bin", "wide.bin", "plain.bin"}) {
    EXPECT_EQ(text("photos", name), large);
  }
  EXPECT_EQ(text("photos", "same.bin"), std::string(95, 'x'));
  EXPECT_EQ(text("$root", "top"), "in the root container");
  auto holes = pages;
  std::fill(holes.begin() + 512, holes.begin() + 1024, '\0');
  std::fill(holes.begin() + 1536, holes.end(), '\0');
  EXPECT_EQ(text("disks", "holes.vhd"), holes);
  EXPECT_EQ(blobs_->get_blob({"account", "disks", "holes.vhd"}).value().type, blob::Type::page);

  const auto lists = blobs_->get_block_lists({"account", "photos", "same.bin"}).value();
  ASSERT_EQ(lists.committed.size(), 10u);
  EXPECT_EQ(lists.committed[0].id, lists.committed[8].id);

  EXPECT_EQ(progress_.blobs_completed, 9u);
  EXPECT_EQ(progress_.blobs_failed, 0u);
  EXPECT_EQ(progress_.bytes_total, 5 + 4 * 1000 + 95 + 2048 + 21u);
  EXPECT_EQ(progress_.bytes_done, progress_.bytes_total);
  EXPECT_EQ(progress_.bytes_succeeded, progress_.bytes_total - 1024);  // holes were not copied
  EXPECT_EQ(progress_.percent(), 100);
}

TEST_F(Importer, PublishesBothLogs) {
  drive_.add("photos/a.txt", "The quick brown fox\n", 12);
  drive_.add("photos/b.txt", "more");
  scratch_.write("drive/session/2.bin", "MORE");
  finish_drive();
  EXPECT_EQ(import(), "CompletedWithErrors");
  ASSERT_TRUE(progress_.verbose_log && progress_.error_log);
  EXPECT_EQ(progress_.verbose_log->container, "waimportexport");
  EXPECT_EQ(progress_.verbose_log->name, "waies/job_WD123456_20231114-221320-000_verbose.xml");
  EXPECT_EQ(progress_.error_log->name, "waies/job_WD123456_20231114-221320-000_error.xml");
  EXPECT_EQ(statuses("photos/a.txt"), "Completed Created Completed Completed");
  EXPECT_EQ(statuses("photos/b.txt"), "CompletedWithErrors Cancelled Corrupted");
  EXPECT_THAT(error_log(), Not(HasSubstr("photos/a.txt")));
  EXPECT_EQ(statuses_in(log_of(error_log(), "photos/b.txt")), "CompletedWithErrors Cancelled Corrupted");
  EXPECT_THAT(error_log(), HasSubstr("<Status>CompletedWithErrors</Status>"));
  EXPECT_EQ(blobs_->get_blob({"account", "waimportexport", progress_.error_log->name}).value().properties.content_type,
            "application/xml");
  EXPECT_FALSE(std::filesystem::exists(task_.work_directory / "error.xml"));
}

TEST_F(Importer, WritesAnErrorLogWithoutErrorsAndNoVerboseLogUnasked) {
  task_.verbose_log = false;
  drive_.add("photos/a.txt", "text");
  finish_drive();
  EXPECT_EQ(import(), "Completed");
  EXPECT_FALSE(progress_.verbose_log);
  EXPECT_THAT(error_log(), HasSubstr("<Status>Completed</Status>"));
}

TEST_F(Importer, ObeysDispositions) {
  put("box", "keep.txt", "old");
  put("box", "replace.txt", "old");
  put("box", "a.b/rename", "old");
  put("box", "rename.tar.gz", "old");
  put("box", "rename.tar (2).gz", "old");
  drive_.add("box/keep.txt", "new").disposition = Disposition::no_overwrite;
  drive_.add("box/replace.txt", "new").disposition = Disposition::overwrite;
  drive_.add("box/a.b/rename", "new").disposition = Disposition::rename;
  drive_.add("box/rename.tar.gz", "new");  // no disposition: rename
  drive_.add("box/fresh.txt", "new").disposition = Disposition::no_overwrite;
  finish_drive();
  EXPECT_EQ(import(), "CompletedWithWarnings");
  EXPECT_THAT(blobs_of("box"),
              ElementsAre(Pair("a.b/rename", "old"), Pair("a.b/rename (2)", "new"), Pair("fresh.txt", "new"),
                          Pair("keep.txt", "old"), Pair("rename.tar (2).gz", "old"), Pair("rename.tar (3).gz", "new"),
                          Pair("rename.tar.gz", "old"), Pair("replace.txt", "new")));
  EXPECT_EQ(statuses("box/keep.txt"), "Completed Skipped Cancelled");
  EXPECT_EQ(statuses("box/replace.txt"), "Completed Overwritten Completed");
  EXPECT_EQ(statuses("box/a.b/rename (2)"), "Completed Renamed Completed");
  EXPECT_EQ(statuses("box/rename.tar (3).gz"), "Completed Renamed Completed");
  EXPECT_EQ(statuses("box/fresh.txt"), "Completed Created Completed");
  for (const auto path : {"box/keep.txt", "box/replace.txt", "box/a.b/rename (2)"}) {
    EXPECT_NE(log_of(error_log(), path), "") << path;  // warnings are always logged
  }
  EXPECT_EQ(progress_.blobs_warned, 4u);
  EXPECT_EQ(progress_.bytes_succeeded, 4 * 3u);
}

TEST_F(Importer, SeesTheBlobsOfTheSameDrive) {
  for (int i = 0; i < 5; ++i) {
    drive_.add("box/same.txt", std::to_string(i));
  }
  drive_.add("box/same.txt", "skipped").disposition = Disposition::no_overwrite;
  drive_.add("box/same.txt", "last").disposition = Disposition::overwrite;
  finish_drive();
  EXPECT_EQ(import(), "CompletedWithWarnings");
  EXPECT_THAT(blobs_of("box"),
              ElementsAre(Pair("same (2).txt", "1"), Pair("same (3).txt", "2"), Pair("same (4).txt", "3"),
                          Pair("same (5).txt", "4"), Pair("same.txt", "last")));
}

TEST_F(Importer, DecidesAgainWhenTheNameIsTaken) {
  drive_.add("box/a.txt", "imported");
  drive_.add("box/b.txt", "imported").disposition = Disposition::no_overwrite;
  finish_drive();
  TestHost host(*database_);
  ImportProgress examined;
  host.before_save = [&] {
    host.before_save = [&] {
      put("box", "a.txt", "theirs"), put("box", "b.txt", "theirs");
    };  // at the first save of the copy
  };
  ASSERT_TRUE(import(host, &reader()));
  EXPECT_THAT(blobs_of("box"),
              ElementsAre(Pair("a (2).txt", "imported"), Pair("a.txt", "theirs"), Pair("b.txt", "theirs")));
  EXPECT_EQ(statuses("box/a (2).txt"), "Completed Renamed Completed");
  EXPECT_EQ(statuses("box/b.txt"), "Completed Skipped Cancelled");
  EXPECT_EQ(statuses("box/a.txt"), "");  // the first decision was removed from the log
}

TEST_F(Importer, RenamesAsPublished) {
  EXPECT_EQ(renamed("Seattle.jpg", 2), "Seattle (2).jpg");
  EXPECT_EQ(renamed("Seattle", 3), "Seattle (3)");
  EXPECT_EQ(renamed("a.b/Seattle", 2), "a.b/Seattle (2)");
  EXPECT_EQ(renamed("a.b/S.tar.gz", 2), "a.b/S.tar (2).gz");
  EXPECT_EQ(renamed(".profile", 2), " (2).profile");
}

TEST_F(Importer, FailsToRenameWhatWouldBecomeTooLong) {
  const std::string name(1023, 'n');
  put("box", name, "old");
  drive_.add("box/" + name, "new");
  finish_drive();
  EXPECT_EQ(import(), "CompletedWithErrors");
  EXPECT_EQ(statuses("box/" + name), "RenameFailed Cancelled Cancelled");
}

/// The log entry of each bad blob. The good ones before and after each bad one must be unaffected.
TEST_F(Importer, LosesOnlyWhatIsBad) {
  struct Case {
    std::string blob_path;
    std::string statuses;
    bool committed = false;
  };
  std::vector<Case> cases;
  int number = 0;
  const auto next = [&](std::string statuses, bool committed = false) -> std::string {
    drive_.add("box/good" + std::to_string(number), "good");
    cases.push_back({"box/bad" + std::to_string(number++), std::move(statuses), committed});
    return cases.back().blob_path;
  };
  const std::string cancelled = " Cancelled Cancelled Cancelled";  // disposition, two ranges
  const auto bad_file = [&](const std::string& status, const std::string& file) {
    drive_.add(next(status + cancelled), "twenty bytes of text").file_path = file;
  };
  scratch_.write("outside", "twenty bytes of text");
  std::filesystem::create_symlink("../outside", drive_.path() / "link");
  ASSERT_EQ(mkfifo((drive_.path() / "fifo").c_str(), 0600), 0);
  bad_file("FileNotFound", "\\missing");
  bad_file("FileNameInvalid", "\\..\\outside");
  bad_file("FileNameInvalid", "C:\\outside");
  bad_file("FileNameInvalid", "\\link");
  bad_file("FileNameTooLong", "\\" + std::string(300, 'n'));
  bad_file("FileAccessDenied", "\\session");
  bad_file("FileAccessDenied", "\\fifo");

  const auto twenty = std::string("twenty bytes of text");
  BadDrive bad(reader());
  const auto file_of = [&](const BlobEntry& entry) {
    return "drive" + [](std::string path) {
      std::ranges::replace(path, '\\', '/');
      return path;
    }(entry.file_path);
  };
  scratch_.write(file_of(drive_.add(next("CompletedWithErrors Cancelled Uncommitted Corrupted"), twenty)),
                 "twenty bytes of TEXT");
  scratch_.write(file_of(drive_.add(next("CompletedWithErrors Cancelled Uncommitted FileUnexpectedEnd"), twenty)),
                 "twenty bytes");
  scratch_.write(file_of(drive_.add(next("CompletedWithErrors Cancelled Cancelled Corrupted"), twenty, 10, false)),
                 "twenty bytes of TEXT");
  bad.unreadable.insert(drive_.add(next("CompletedWithErrors Cancelled IOFailed IOFailed"), twenty).file_path);
  bad.shrink[drive_.add(next("CompletedWithErrors Cancelled Uncommitted FileUnexpectedEnd"), twenty).file_path] = 13;
  // Longer than a slot, wrong in its second half.
  const std::string wide(200, 'w');
  scratch_.write(file_of(drive_.add(next("CompletedWithErrors Cancelled Uncommitted Corrupted"), wide, 100)),
                 std::string(150, 'w') + std::string(50, 'W'));
  bad.shrink[drive_.add(next("CompletedWithErrors Cancelled Uncommitted FileUnexpectedEnd"), wide, 100).file_path] =
      170;
  // Pages: valid ranges are present, invalid ones stay zero.
  const auto pages = noise(1024);
  scratch_.write(
      file_of(drive_.add_pages(next("CompletedWithErrors Created Corrupted Completed", true), pages, {0, 512})),
      std::string(512, 'z') + pages.substr(512));

  drive_.add("Bad_Container/bad", twenty);
  drive_.add("box/" + std::string(1025, 'n'), twenty);
  const auto sidecar_case = [&](std::string statuses) -> BlobEntry& {
    return drive_.add(next("CompletedWithErrors Created Completed Completed " + statuses, true), twenty);
  };
  auto wrong_hash = drive_.sidecar("wrong.meta", "<Metadata><a>b</a></Metadata>");
  scratch_.write("drive/wrong.meta", "<Metadata><a>c</a></Metadata>");
  sidecar_case("Corrupted").metadata = wrong_hash;
  sidecar_case("FileNotFound").metadata = FileReference{"\\missing.meta", std::nullopt};
  sidecar_case("FileNameInvalid").properties = FileReference{"\\..\\outside", std::nullopt};
  sidecar_case("XmlReadFailed").metadata = drive_.sidecar("bad.meta", "<Metadata><a></Metadata>");
  sidecar_case("BlobRequestFailed").metadata = drive_.sidecar("odd.meta", "<Metadata><a-b>c</a-b></Metadata>");
  sidecar_case("BlobRequestFailed").properties =
      drive_.sidecar("md5.prop", "<Properties><Content-MD5>AAAA</Content-MD5></Properties>");
  drive_.add("box/good-last", "good");
  finish_drive();

  EXPECT_EQ(import(&bad), "CompletedWithErrors");
  for (const auto& c : cases) {
    EXPECT_EQ(statuses(c.blob_path), c.statuses) << c.blob_path;
    EXPECT_EQ(statuses_in(log_of(error_log(), c.blob_path)).substr(0, 9), c.statuses.substr(0, 9)) << c.blob_path;
    EXPECT_EQ(text("box", c.blob_path.substr(4)) == "error: not_found", !c.committed) << c.blob_path;
  }
  EXPECT_EQ(statuses("Bad_Container/bad"), "BlobRequestFailed Cancelled Cancelled Cancelled");
  EXPECT_EQ(statuses("box/" + std::string(1025, 'n')), "BlobRequestFailed Cancelled Cancelled Cancelled");
  for (int i = 0; i < number; ++i) {
    EXPECT_EQ(text("box", "good" + std::to_string(i)), "good");
  }
  EXPECT_EQ(text("box", "good-last"), "good");
  EXPECT_EQ(progress_.blobs_failed, cases.size() + 2);
  EXPECT_EQ(progress_.blobs_completed, static_cast<std::uint64_t>(number) + 1);
  EXPECT_EQ(progress_.bytes_done, progress_.bytes_total);
}

TEST_F(Importer, KeepsGoodBlocksOfABadBlobAndWhatWasThereBefore) {
  put("box", "a.bin", "old");
  auto& entry = drive_.add("box/a.bin", "0123456789abcdefghij");
  entry.disposition = Disposition::overwrite;
  scratch_.write("drive/session/1.bin", "0123456789ABCDEFGHIJ");
  finish_drive();
  EXPECT_EQ(import(), "CompletedWithErrors");
  EXPECT_EQ(text("box", "a.bin"), "old");
  const auto lists = blobs_->get_block_lists({"account", "box", "a.bin"}).value();
  ASSERT_EQ(lists.uncommitted.size(), 1u);
  EXPECT_EQ(lists.uncommitted[0].id, "MD5/" + base64(md5(as_bytes("0123456789"))));
}

TEST_F(Importer, SetsMetadataAndPropertiesInTheCommit) {
  drive_.defaults().metadata =
      drive_.sidecar("list.meta", "<Metadata><Source>list</Source><Year>2024</Year></Metadata>");
  drive_.defaults().properties = drive_.sidecar(
      "list.prop",
      "<Properties><Content-Type>text/plain</Content-Type><Cache-Control>no-cache</Cache-Control></Properties>");
  auto& entry = drive_.add("box/a.txt", "text");
  entry.metadata = drive_.sidecar("own.meta", "<Metadata><source>own</source></Metadata>");
  entry.properties =
      drive_.sidecar("own.prop",
                     "<Properties><Content-Type>text/html</Content-Type>"
                     "<Content-MD5>1B2M2Y8AsgTpgAmY7PhCfg==</Content-MD5><Etag>\"1\"</Etag></Properties>");
  drive_.add("box/b.txt", "text");
  finish_drive();
  EXPECT_EQ(import(), "Completed") << error_log();
  const auto a = blobs_->get_blob({"account", "box", "a.txt"}).value();
  EXPECT_EQ(a.properties.content_type, "text/html");
  EXPECT_EQ(a.properties.cache_control, "no-cache");
  EXPECT_EQ(hex_lower(a.properties.md5.value()), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(a.metadata.size(), 2u);
  const auto b = blobs_->get_blob({"account", "box", "b.txt"}).value();
  EXPECT_EQ(b.properties.content_type, "text/plain");
  EXPECT_THAT(b.metadata, ElementsAre(Pair("Source", "list"), Pair("Year", "2024")));
  EXPECT_EQ(statuses("box/a.txt"), "Completed Created Completed Completed Completed");
}

TEST_F(Importer, GivesEachBadDriveItsStatus) {
  drive_.add("box/a.txt", "text");
  finish_drive();
  const auto good = task_;
  const auto status_with = [&](const std::function<void(ImportTask&)>& change) {
    task_ = good;
    change(task_);
    task_.work_directory = scratch_.path() / "other";
    return import();
  };
  EXPECT_EQ(status_with([](auto& t) { t.manifest_file = "\\missing.xml"; }), "ManifestNotFound");
  EXPECT_EQ(status_with([](auto& t) { t.manifest_file = "\\..\\x.xml"; }), "ManifestNameInvalid");
  EXPECT_EQ(status_with([](auto& t) { t.manifest_file = std::string(300, 'x'); }), "ManifestNameTooLong");
  EXPECT_EQ(status_with([](auto& t) { t.manifest_file = "\\session"; }), "ManifestAccessDenied");
  EXPECT_EQ(status_with([](auto& t) { t.manifest_hash = "00000000000000000000000000000000"; }), "ManifestCorrupted");
  EXPECT_EQ(status_with([](auto& t) { t.manifest_hash = "123"; }), "ManifestCorrupted");
  EXPECT_EQ(status_with([](auto& t) { t.drive_id = "OTHER"; }), "ManifestDriveIdMismatch");
  EXPECT_EQ(status_with([](auto& t) { t.drive_id = "wd 123456"; }), "Completed");
  const auto manifest = [&](std::string_view text) {
    return status_with([&](auto& t) { t.manifest_hash = drive_.finish_with(text); });
  };
  EXPECT_EQ(manifest("this is no XML"), "ManifestFormatInvalid");
  EXPECT_EQ(manifest("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e \"x\">]><DriveManifest/>"),
            "ManifestFormatInvalid");
  EXPECT_EQ(manifest("<DriveManifest Version=\"1\"><Drive><DriveId>WD123456</DriveId>"), "ManifestFormatInvalid");
  task_ = good;
  EXPECT_EQ(import(nullptr), "DiskNotFound");
  EXPECT_THAT(error_log(), HasSubstr("<Status>DiskNotFound</Status>"));
}

TEST_F(Importer, CopiesNothingWhenTheManifestIsBad) {
  drive_.add("box/a.txt", "text");
  drive_.finish();
  task_.manifest_hash = std::string(32, '0');
  EXPECT_EQ(import(), "ManifestCorrupted");
  EXPECT_THAT(blobs_of("box"), ElementsAre());
}

TEST_F(Importer, FailsTheDriveThatIsTakenAway) {
  for (int i = 0; i < 40; ++i) {
    drive_.add("box/" + std::to_string(i), noise(100));
  }
  finish_drive();
  BadDrive bad(reader());
  bad.reads_until_removed = 100;
  EXPECT_EQ(import(&bad), "DiskOperationFailed");
  EXPECT_GT(blobs_of("box").size(), 3u);
  EXPECT_LT(blobs_of("box").size(), 20u);
  EXPECT_EQ(progress_.blobs_failed, 0u);  // the drive failed, not its blobs
  EXPECT_THAT(error_log(), HasSubstr("<Status>DiskOperationFailed</Status>"));
}

TEST_F(Importer, FailsTheDriveThatGivesNothingButErrors) {
  for (int i = 0; i < 400; ++i) {
    drive_.add("box/" + std::to_string(i), "text");
  }
  finish_drive();
  BadDrive bad(reader());
  bad.nothing_readable = true;
  EXPECT_EQ(import(&bad), "DiskOperationFailed");
  EXPECT_EQ(progress_.blobs_failed, 256u);
}

TEST_F(Importer, NoticesAManifestThatChanges) {
  for (int i = 0; i < 3; ++i) {
    drive_.add("box/" + std::to_string(i), "text");
  }
  finish_drive();
  TestHost host(*database_);
  host.before_save = [&] {
    TestDrive other(scratch_);
    other.add("box/other", "text");
    other.finish();
  };
  ASSERT_TRUE(import(host, &reader()));
  EXPECT_EQ(progress_.status, "ManifestCorrupted");
}

TEST_F(Importer, BacksUpTheManifestWithoutItsCredential) {
  task_.backup_manifest = true;
  task_.logs = parse_diagnostics_path("logs/of/drives").value();
  const std::string_view manifest =
      "<?xml version=\"1.0\"?><DriveManifest Version=\"2014-11-01\"><Drive><DriveId>WD123456</DriveId>"
      "<StorageAccountKey>c2VjcmV0</StorageAccountKey><BlobList></BlobList></Drive></DriveManifest>";
  task_.manifest_hash = drive_.finish_with(manifest);
  EXPECT_EQ(import(), "Completed");
  ASSERT_TRUE(progress_.manifest);
  EXPECT_EQ(progress_.manifest->container, "logs");
  EXPECT_EQ(progress_.manifest->name, "of/drives/waies/job_WD123456_20231114-221320-000_manifest.xml");
  EXPECT_THAT(text(*progress_.manifest), Not(HasSubstr("c2VjcmV0")));
  const auto info = blobs_->get_blob({"account", "logs", progress_.manifest->name}).value();
  EXPECT_THAT(info.metadata,
              ElementsAre(Pair("originalSha256", hex_lower(sha256(as_bytes(manifest)))),
                          Pair("originalSize", std::to_string(manifest.size())), Pair("redacted", "true")));
  EXPECT_EQ(hex_lower(info.properties.md5.value()), hex_lower(md5(as_bytes(text(*progress_.manifest)))));
}

TEST_F(Importer, BacksUpExactBytesWhenConfigured) {
  task_.backup_manifest = true;
  task_.exact_manifest = true;
  drive_.add("box/a.txt", "text");
  finish_drive();
  EXPECT_EQ(import(), "Completed");
  EXPECT_EQ(text(*progress_.manifest), scratch_.read("drive/DriveManifest.xml"));
  const auto info = blobs_->get_blob({"account", "waimportexport", progress_.manifest->name}).value();
  EXPECT_THAT(info.metadata[2], Pair("redacted", "false"));
}

TEST_F(Importer, BacksUpABadManifestAsEvidence) {
  task_.backup_manifest = true;
  task_.exact_manifest = true;
  task_.manifest_hash = std::string(32, '0');
  drive_.finish_with("not even XML");
  EXPECT_EQ(import(), "ManifestCorrupted");
  EXPECT_EQ(text(*progress_.manifest), "not even XML");
}

TEST_F(Importer, NeverOverwritesALog) {
  task_.backup_manifest = true;
  put("waimportexport", "waies/job_WD123456_20231114-221320-000_manifest.xml", "theirs");
  put("waimportexport", "waies/job_WD123456_20231114-221320-001_manifest.xml", "theirs");
  drive_.finish();
  finish_drive();
  EXPECT_EQ(import(), "Completed");
  EXPECT_EQ(progress_.manifest->name, "waies/job_WD123456_20231114-221320-002_manifest.xml");
  EXPECT_EQ(text("waimportexport", "waies/job_WD123456_20231114-221320-000_manifest.xml"), "theirs");
}

TEST_F(Importer, ImportsOnlyIntoTheContainerOfASas) {
  const auto hash = hex_upper(md5(as_bytes("text")));
  const auto blob = [&](std::string_view path) {
    return fmt::format(
        "<Blob><BlobPath>{}</BlobPath><FilePath>\\f</FilePath><Length>4</Length>"
        "<BlockList><Block Offset=\"0\" Length=\"4\" Hash=\"{}\"/></BlockList></Blob>",
        path, hash);
  };
  drive_.write("f", "text");
  task_.manifest_hash = drive_.finish_with(
      "<DriveManifest "
      "Version=\"1\"><Drive><DriveId>WD123456</DriveId><ContainerSas>mine?sv=2020&amp;sr=c</ContainerSas>"
      "<BlobList>" +
      blob("mine/a") + blob("theirs/a") + "</BlobList></Drive></DriveManifest>");
  EXPECT_EQ(import(), "CompletedWithErrors");
  EXPECT_EQ(text("mine", "a"), "text");
  EXPECT_EQ(text("theirs", "a"), "error: not_found");
  EXPECT_EQ(statuses("theirs/a"), "BlobRequestForbidden Cancelled Cancelled");
}

TEST_F(Importer, LogsWhyAManifestIsRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {"<!DOCTYPE x><DriveManifest/>", "document type declaration"},
      {"\n<?xml version=\"1.0\"?><DriveManifest/>", "not at start of"},
      {std::string("\xFF\xFE<\0?\0", 6), "not UTF-8"},
      {"<DriveManifest Version=\"1\"><Drive><DriveId>\x01</DriveId></Drive></DriveManifest>", "Reason"}};
  int number = 0;
  for (const auto& [manifest, reason] : cases) {
    task_.manifest_hash = drive_.finish_with(manifest);
    task_.work_directory = scratch_.path() / fmt::format("work{}", ++number);
    EXPECT_EQ(import(), "ManifestFormatInvalid");
    EXPECT_THAT(error_log(), HasSubstr(reason));
    EXPECT_THAT(error_log(), HasSubstr("<Reason>"));
    EXPECT_THAT(verbose_log(), HasSubstr(reason));
  }
}

TEST_F(Importer, RefusesAManifestThatIsTooLargeBeforeItReadsIt) {
  drive_.add("box/a.txt", "text");
  finish_drive();
  limits_.manifest_bytes = 100;
  EXPECT_EQ(import(), "ManifestFormatInvalid");
  EXPECT_THAT(error_log(), HasSubstr("manifest-mib"));
  EXPECT_THAT(blobs_of("box"), ElementsAre());
}

TEST_F(Importer, NoBlobOfADriveGoesWhereTheLogsAre) {
  task_.logs = parse_diagnostics_path("logs/of/drives").value();
  for (const auto* path : {"waimportexport/waies/x", "logs/of/drives/waies/x", "logs/of/drives/waies/"}) {
    drive_.add(path, "forged").disposition = Disposition::overwrite;
  }
  drive_.add("logs/of/drives/other", "fine");
  drive_.add("logs/waies/x", "fine");
  finish_drive();
  EXPECT_EQ(import(), "CompletedWithErrors");
  EXPECT_EQ(statuses("waimportexport/waies/x"), "BlobRequestForbidden Cancelled Cancelled");
  EXPECT_EQ(statuses("logs/of/drives/waies/x"), "BlobRequestForbidden Cancelled Cancelled");
  EXPECT_EQ(text("logs", "of/drives/waies/x"), "error: not_found");
  EXPECT_EQ(text("logs", "of/drives/other"), "fine");
  EXPECT_EQ(text("logs", "waies/x"), "fine");
}

TEST_F(Importer, SetsNoPropertyThatNoClientCouldRead) {
  const auto with_type = [&](const std::string& type) {
    return drive_.sidecar(fmt::format("{}.prop", type.size()), "<Properties><Content-Type>" + type +
                                                                   "</Content-Type><Cache-Control>no-cache"
                                                                   "</Cache-Control></Properties>");
  };
  drive_.add("box/long", "text").properties = with_type(std::string(100'000, 'a'));
  drive_.add("box/split", "text").properties = with_type("text/plain&#13;&#10;Set-Cookie: x");
  drive_.add("box/most", "text").properties = with_type(std::string(4000, 'a'));
  finish_drive();
  EXPECT_EQ(import(), "CompletedWithErrors");
  EXPECT_EQ(statuses("box/long"), "CompletedWithErrors Created Completed BlobRequestFailed");
  EXPECT_EQ(statuses("box/split"), "CompletedWithErrors Created Completed BlobRequestFailed");
  EXPECT_EQ(statuses("box/most"), "Completed Created Completed Completed");
  EXPECT_EQ(blobs_->get_blob({"account", "box", "long"}).value().properties.content_type, "");
  EXPECT_EQ(blobs_->get_blob({"account", "box", "most"}).value().properties.content_type.size(), 4000U);
}

TEST_F(Importer, MakesNoPageBlobLargerThanTheServiceHas) {
  auto& large = drive_.add_pages("disks/large.vhd", std::string(512, 'x'), {0});
  large.length = kLargestPageBlob + 512;
  auto& largest = drive_.add_pages("disks/largest.vhd", std::string(512, 'x'), {0});
  largest.length = kLargestPageBlob;
  finish_drive();
  EXPECT_EQ(import(), "CompletedWithErrors");
  EXPECT_EQ(statuses("disks/large.vhd"), "BlobRequestFailed Cancelled Cancelled");
  EXPECT_EQ(blobs_->get_blob({"account", "disks", "largest.vhd"}).value().size, kLargestPageBlob);
  EXPECT_FALSE(blobs_->get_blob({"account", "disks", "large.vhd"}));
}

/// A hole, or cached data, can be read forever.
TEST_F(Importer, DetectsThatTheDriveWasRemovedThoughItsFilesCanStillBeRead) {
  auto& sparse = drive_.add("box/sparse", "");
  constexpr std::uint64_t kSize = 200 * kMiB;
  sparse.length = kSize;
  const auto hash = md5(Buffer(kSize));
  sparse.ranges.add({0, kSize, HashAlgorithm::md5, hash, "AAAA"});
  std::filesystem::resize_file(drive_.path() / "session/1.bin", kSize);
  finish_drive();
  limits_.slot_bytes = kMiB;
  class Pulled final : public DriveReader {
   public:
    Pulled(DriveReader& real) : real_(real) {}
    Result<std::unique_ptr<DriveFile>> open(std::string_view path) override { return real_.open(path); }
    Result<> check_present() override {
      return ++looks_ < 4 ? real_.check_present() : Result<>(not_found("it is no longer where it was"));
    }

   private:
    DriveReader& real_;
    int looks_ = 0;
  } pulled(reader());
  EXPECT_EQ(import(&pulled), "DiskOperationFailed");
  EXPECT_THAT(error_log(), HasSubstr("the drive is lost"));
}

TEST_F(Importer, KeepsItsProgressAsText) {
  ImportProgress progress;
  progress.phase = ImportPhase::publish;
  progress.status = "CompletedWithErrors";
  progress.next_entry = 7;
  progress.error_log = LogBlob{"logs", "waies/x"};
  const auto text = to_json(progress);
  const auto again = parse_import_progress(text);
  ASSERT_TRUE(again) << again.error().cause();
  EXPECT_EQ(to_json(again.value()), text);
  EXPECT_EQ(again.value().code(), DriveStatusCode::completed_with_errors);
  EXPECT_EQ(parse_import_progress("").value().phase, ImportPhase::examine);
  EXPECT_EQ(parse_import_progress("{").error().kind(), Errc::corrupt);
}

}  // namespace
}  // namespace quaymaster::drive
