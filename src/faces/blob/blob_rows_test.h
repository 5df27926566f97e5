#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "faces/blob/blob_operations.h"

// For tests that request every row of the table.
namespace quaymaster::storage::testing {

/// The request that a row describes.
struct RowRequest {
  std::string target;  // after the account: "cont/b?comp=tier"
  http::Query query;
  std::vector<std::pair<std::string, std::string>> fields;
};

inline RowRequest request_of(const BlobOperation& row) {
  const auto names = row.path.substr(0, row.path.find('?'));
  auto rest = row.path.substr(names.size());
  RowRequest request;
  request.target = names == "/" ? "" : names == "/{container}" ? "cont" : "cont/b";
  request.target += rest;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto pair = rest.substr(0, rest.find('&'));
    const auto equals = pair.find('=');
    check(equals != std::string_view::npos);
    request.query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    rest.remove_prefix(pair.size());
  }
  for (const auto& [name, value] : headers_of(row.variant)) {
    const std::string_view any = name == "x-ms-blob-type" ? "BlockBlob" : "http://127.0.0.1:10000/a/b/c";
    request.fields.emplace_back(name, value.empty() ? any : value);
  }
  return request;
}

}  // namespace quaymaster::storage::testing
