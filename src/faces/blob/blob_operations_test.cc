#include "faces/blob/blob_operations.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "base/encode.h"
#include "faces/blob/blob_errors.h"

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
  return std::string(found ? found.value()->name : found.error().published()->row->code);
}

TEST(BlobOperations, NoRequestMeansTwoRows) {
  std::set<std::tuple<http::Method, Level, std::string, std::string, Variant>> seen;
  for (const auto& row : blob_operations()) {
    const auto key = std::tuple(row.method, row.level, to_lower(row.restype), to_lower(row.comp), row.variant);
    EXPECT_TRUE(seen.insert(key).second) << row.name;
  }
}

TEST(BlobOperations, EveryRowIsOfferedOrSaysWhyNot) {
  for (const auto& row : blob_operations()) {
    EXPECT_EQ(row.offered(), row.not_offered.empty()) << row.name;
    EXPECT_FALSE(row.plain != nullptr && row.streamed != nullptr) << row.name;
    EXPECT_EQ(row.streamed != nullptr, row.runs == Runs::streamed) << row.name;
    EXPECT_TRUE(row.action.starts_with("Microsoft.Storage/storageAccounts/blobServices/")) << row.name;
    EXPECT_EQ(row.name.find(' '), std::string_view::npos) << "names stand in log lines";
  }
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
