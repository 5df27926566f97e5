#include "faces/blob/blob_operations.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "api/document.h"
#include "base/encode.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_rows_test.h"
#include "testing/arm/golden.h"

namespace quaymaster::storage {
namespace {

std::string name_of(http::Method method, Level level, const http::Query& query, const http::Headers& headers = {}) {
  http::Request request;
  request.method = method;
  request.query = query;
  request.headers = headers;
  BlobAddress address;
  address.level = level;
  const auto found = find_operation(request, address);
  return std::string(found ? found.value()->id : found.error().published()->row->code);
}

TEST(BlobOperations, NoRequestMeansTwoRows) {
  std::set<std::tuple<http::Method, Level, std::string, std::string, Variant>> seen;
  for (const auto& row : blob_operations()) {
    const auto& [level, restype, comp] = row.pattern;
    EXPECT_TRUE(seen.emplace(row.method, level, to_lower(restype), to_lower(comp), row.variant).second)
        << row.id << ' ' << row.path;
  }
}

/// A row whose path differs from what it matches would be wrong in doc/api.
TEST(BlobOperations, EveryRowIsFoundByWhatItsPathSays) {
  for (const auto& row : blob_operations()) {
    const auto asked = testing::request_of(row);
    http::Request request;
    request.method = row.method;
    request.raw_path = "/account/" + asked.target.substr(0, asked.target.find('?'));
    request.query = asked.query;
    for (const auto& [name, value] : asked.fields) {
      request.headers.add(name, value);
    }
    const auto address = parse_address(request, {.path_style_only = true});
    ASSERT_TRUE(address) << row.id;
    const auto found = find_operation(request, address.value());
    ASSERT_TRUE(found) << row.id << ' ' << row.path;
    EXPECT_EQ(found.value(), &row) << row.id << " is hidden by " << found.value()->id;
  }
}

TEST(BlobOperations, EveryRowIsOfferedOrSaysWhyNot) {
  for (const auto& row : blob_operations()) {
    const auto& handler = row.handler;
    EXPECT_TRUE(row.offered || !row.note.empty()) << row.id;
    EXPECT_EQ(row.offered, handler.plain != nullptr || handler.streamed != nullptr) << row.id;
    EXPECT_FALSE(handler.plain != nullptr && handler.streamed != nullptr) << row.id;
    EXPECT_EQ(handler.streamed != nullptr, handler.runs == Runs::streamed) << row.id;
    EXPECT_EQ(row.id.find(' '), std::string_view::npos) << "names stand in log lines";
  }
}

TEST(BlobOperations, EveryRowHasAPermissionOrSaysWhyNone) {
  for (const auto& row : blob_operations()) {
    EXPECT_TRUE(row.action.starts_with("Microsoft.Storage/storageAccounts/blobServices/")) << row.id;
    const auto& [need, why_none] = row.signature;
    EXPECT_EQ(need.account_permissions.empty(), !why_none.empty()) << row.id;
    EXPECT_TRUE(why_none.empty() || need.service_permissions.empty()) << row.id;
    // A service signature applies to blobs and to the list of a container: with a blob, either kind suffices.
    EXPECT_TRUE(row.pattern.level != Level::blob ||
                need.account_permissions.empty() == need.service_permissions.empty())
        << row.id;
  }
}

TEST(BlobOperations, HaveTheirPage) {
  EXPECT_EQ(arm::compare_golden(api::document_file("Blob"), document_blob_operations()), "");
}

TEST(BlobOperations, HeadersTellTheWaysOfPutBlobApart) {
  const auto put = [](const http::Headers& headers) { return name_of(http::Method::put, Level::blob, {}, headers); };
  const auto with = [](std::initializer_list<std::pair<const char*, const char*>> fields) {
    http::Headers headers;
    for (const auto& [name, value] : fields) {
      headers.add(name, value);
    }
    return headers;
  };
  EXPECT_EQ(put(with({{"x-ms-blob-type", "BlockBlob"}})), "PutBlob");
  EXPECT_EQ(put(with({{"X-Ms-Blob-Type", "PageBlob"}})), "PutBlobPage");
  EXPECT_EQ(put(with({{"x-ms-blob-type", "AppendBlob"}})), "PutBlobAppend");
  EXPECT_EQ(put(with({{"x-ms-blob-type", "blockblob"}})), "InvalidHeaderValue");
  EXPECT_EQ(put(with({})), "MissingRequiredHeader");
  EXPECT_EQ(put(with({{"x-ms-copy-source", "u"}})), "CopyBlob");
  EXPECT_EQ(put(with({{"x-ms-copy-source", "u"}, {"x-ms-requires-sync", "true"}})), "CopyBlobFromURL");
  EXPECT_EQ(put(with({{"x-ms-copy-source", "u"}, {"x-ms-blob-type", "BlockBlob"}})), "PutBlobFromURL");
}

TEST(BlobOperations, WhatNoRowIsFor) {
  using enum http::Method;
  EXPECT_EQ(name_of(get, Level::blob, {{"comp", "nonsense"}}), "InvalidQueryParameterValue");
  EXPECT_EQ(name_of(post, Level::blob, {}), "UnsupportedHttpVerb");
  EXPECT_EQ(name_of(del, Level::service, {{"restype", "service"}, {"comp", "properties"}}), "UnsupportedHttpVerb");
  EXPECT_EQ(name_of(get, Level::container, {{"comp", "list"}}), "MissingRequiredQueryParameter");
  EXPECT_EQ(name_of(get, Level::service, {{"COMP", "List"}}), "ListContainers");
  EXPECT_EQ(name_of(get, Level::service, {}), "InvalidQueryParameterValue");
}

TEST(BlobErrors, EveryRowIsWhole) {
  for (const auto* row : kBlobErrorRows) {
    EXPECT_TRUE((row->status >= 400 && row->status <= 599) || row->status == 304) << row->code;
    EXPECT_FALSE(row->code.empty());
    EXPECT_TRUE(row->sentence.ends_with('.')) << row->code;
  }
}

}  // namespace
}  // namespace quaymaster::storage
