#include "drive/manifest/redaction.h"

#include <gtest/gtest.h>

#include "base/encode.h"
#include "drive/manifest/manifest_text_test.h"

namespace quaymaster::drive {
namespace {

constexpr std::string_view kSecret = "c2VjcmV0a2V5";

struct Redacted {
  std::string text;
  RedactionReport report;
};

Redacted redact(std::string_view document, std::size_t piece = 1U << 20) {
  Redacted result;
  Redactor redactor([&](Bytes bytes) -> Result<> {
    result.text += as_text(bytes);
    return ok();
  });
  for (std::size_t at = 0; at < document.size(); at += piece) {
    EXPECT_TRUE(redactor.feed(as_bytes(document.substr(at, piece))));
  }
  result.report = redactor.finish().value();
  EXPECT_EQ(result.report.original_bytes, document.size());
  EXPECT_EQ(result.report.original_sha256, sha256(as_bytes(document)));
  return result;
}

TEST(Redaction, AManifestWithoutACredentialIsCopiedByteForByte) {
  const auto text = "\xEF\xBB\xBF" +
                    drive_with("<!-- note -->\r\n<ClientCreator a='1'\n>x</ClientCreator><BlobList />") +
                    "\n<?pi data?> \n";
  for (const std::size_t piece : {1U, 3U, 100U, 100'000U}) {
    const auto copy = redact(text, piece);
    EXPECT_EQ(copy.text, text) << piece;
    EXPECT_FALSE(copy.report.changed());
  }
}

TEST(Redaction, FindsACredentialHoweverItIsWritten) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"<StorageAccountKey>c2VjcmV0a2V5</StorageAccountKey>", "<StorageAccountKey>REDACTED</StorageAccountKey>"},
      {"<ContainerSas>c?sig=c2VjcmV0a2V5</ContainerSas >", "<ContainerSas>REDACTED</ContainerSas >"},
      {"<StorageAccountKey\n>c2VjcmV0&#x61;2V5</StorageAccountKey>",
       "<StorageAccountKey\n>REDACTED</StorageAccountKey>"},
      {"<StorageAccountKey><![CDATA[c2VjcmV0a2V5]]></StorageAccountKey>",
       "<StorageAccountKey>REDACTED</StorageAccountKey>"},
      {"<StorageAccountKey>x<!-- c2VjcmV0a2V5 --></StorageAccountKey>",
       "<StorageAccountKey>REDACTED</StorageAccountKey>"},
      {"<StorageAccountKey><b c='c2VjcmV0a2V5'/></StorageAccountKey>",
       "<StorageAccountKey>REDACTED</StorageAccountKey>"},
      {"<StorageAccountKey><StorageAccountKey>c2VjcmV0a2V5</StorageAccountKey></StorageAccountKey>",
       "<StorageAccountKey>REDACTED</StorageAccountKey>"},
      {"<StorageAccountKey v='c2VjcmV0a2V5'/>", "<StorageAccountKey/>"},
      {"<StorageAccountKey v='c2VjcmV0a2V5'>x</StorageAccountKey>", "<StorageAccountKey>REDACTED</StorageAccountKey>"},
      {"<x:storageaccountkey>c2VjcmV0a2V5</x:storageaccountkey>",
       "<x:storageaccountkey>REDACTED</x:storageaccountkey>"},
      {"<other><deep><ContainerSas>c2VjcmV0a2V5</ContainerSas></deep></other>",
       "<other><deep><ContainerSas>REDACTED</ContainerSas></deep></other>"},
      {"<!-- <StorageAccountKey>c2VjcmV0a2V5</StorageAccountKey> -->", "<!--REDACTED-->"},
      {"<?ContainerSas c2VjcmV0a2V5?>", "<!--REDACTED-->"},
      {"text <!-- storageAccountKey c2VjcmV0a2V5 --> more", "text <!--REDACTED--> more"},
  };
  for (const auto& [from, to] : cases) {
    const auto document = drive_with(fmt::format("\n{}\n<BlobList/>", from));
    const auto expected = drive_with(fmt::format("\n{}\n<BlobList/>", to));
    for (const std::size_t piece : {1U, 7U, 100'000U}) {
      const auto copy = redact(document, piece);
      EXPECT_EQ(copy.text, expected) << piece;
      EXPECT_GE(copy.report.redactions, 1U);
      EXPECT_EQ(copy.report.withheld_bytes, 0U);
    }
  }
}

TEST(Redaction, AnEmptyCredentialIsNotRedacted) {
  for (const auto* text : {"<StorageAccountKey/>", "<ContainerSas></ContainerSas>"}) {
    const auto document = drive_with(text);
    EXPECT_EQ(redact(document).text, document);
    EXPECT_FALSE(redact(document).report.changed());
  }
}

TEST(Redaction, NoTruncationLeaksAndEveryOneKeepsWhatWasSound) {
  const auto document = drive_with(
      fmt::format("<StorageAccountKey>{}</StorageAccountKey><!-- ContainerSas {} --><BlobList/>", kSecret, kSecret));
  const auto whole = redact(document).text;
  for (std::size_t size = 0; size < document.size(); ++size) {
    const auto copy = redact(std::string_view(document).substr(0, size), 50);
    const auto kept = copy.text.substr(0, copy.text.find(kWithheldMark));
    EXPECT_TRUE(whole.starts_with(kept)) << size << "\n" << copy.text;
    EXPECT_EQ(copy.text.find(kSecret.substr(0, 3)), std::string::npos) << size << "\n" << copy.text;
  }
}

TEST(Redaction, WhatCannotBeReadIsWithheldFromTheLastSoundTagOn) {
  using namespace std::string_view_literals;
  const auto key = fmt::format("<StorageAccountKey>{}</StorageAccountKey>", kSecret);
  const std::string cases[] = {
      // The opening tag is misspelt, so the closing one does not match: the text between them was the key.
      drive_with(fmt::format("<StorageAccountKe>{}</StorageAccountKey>", kSecret)),
      drive_with(fmt::format("<Storage&AccountKey>{}</StorageAccountKey>", kSecret)),
      drive_with(fmt::format("<StorageAccountKey>{}\x01</StorageAccountKey>", kSecret)),
      "<a></b>" + drive_with(key),
      "<a/>" + drive_with(key),
      "<!DOCTYPE a [<!ENTITY StorageAccountKey '" + std::string(kSecret) + "'>]>" + drive_with(key),
      "<?xml version='1.0' encoding='iso-8859-1'?>" + drive_with(key),
      drive_with("<!-- \xFF -->" + key),
  };
  for (const auto& document : cases) {
    for (const std::size_t piece : {1U, 100'000U}) {
      const auto copy = redact(document, piece);
      EXPECT_EQ(copy.text.find(kSecret), std::string::npos) << copy.text;
      EXPECT_TRUE(copy.text.ends_with(kWithheldMark)) << copy.text;
      EXPECT_GT(copy.report.withheld_bytes, 0U);
    }
  }
  std::string wide;
  for (const char c : drive_with(key)) {
    wide += c;
    wide += '\0';
  }
  EXPECT_EQ(redact(wide).text, kWithheldMark);
  EXPECT_EQ(redact(wide).report.withheld_bytes, wide.size());
}

TEST(Redaction, BuffersLittle) {
  std::size_t fed = 0;
  std::size_t written = 0;
  Redactor redactor([&](Bytes bytes) -> Result<> {
    written += bytes.size();
    return ok();
  });
  const std::string blob = "<Blob><BlobPath>photos/a.txt</BlobPath><FilePath>\\a.txt</FilePath></Blob>\n";
  const auto feed = [&](std::string_view text) {
    ASSERT_TRUE(redactor.feed(as_bytes(text)));
    fed += text.size();
  };
  feed("<DriveManifest><Drive><DriveId>A</DriveId><BlobList>");
  for (int i = 0; i < 100'000; ++i) {
    feed(blob);
    ASSERT_LE(fed - written, 64 * kKiB);
  }
  feed("</BlobList></Drive></DriveManifest>");
  EXPECT_FALSE(redactor.finish().value().changed());
  EXPECT_EQ(fed, written);
}

TEST(Redaction, ADocumentMadeToBeHeldBackIsGivenUp) {
  std::size_t written = 0;
  Redactor redactor([&](Bytes bytes) -> Result<> {
    written += bytes.size();
    return ok();
  });
  std::string comments = "<a>text";
  while (comments.size() < 10 * kMiB) {
    comments += "<!-- a comment of some length, again and again -->";
  }
  ASSERT_TRUE(redactor.feed(as_bytes(comments)));
  EXPECT_GT(redactor.finish().value().withheld_bytes, 8 * kMiB);
  EXPECT_LT(written, 100U);
}

TEST(Redaction, PassesOnTheFailureOfItsSink) {
  Redactor redactor([](Bytes) -> Result<> { return no_space("full"); });
  const auto fed = redactor.feed(as_bytes("<a><b/>"));
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().kind(), Errc::no_space);
}

}  // namespace
}  // namespace quaymaster::drive
