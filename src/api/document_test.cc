#include "api/document.h"

#include <gtest/gtest.h>

namespace quaymaster::api {
namespace {

constexpr Operation kRead{"Things_Get", http::Method::get, "/things/{name}", "2020-01-01", "Things/read", "At once.",
                          true};
constexpr Operation kWrite{"Things_Put", http::Method::put, "/things/{name}",
                           "2020-01-01", "Things/write",    "things are given."};
const DocumentFrame kFrame{"Things", "Any date.", "NotSupported"};

TEST(Document, RefusedRowsStandApartWithTheirReason) {
  const DocumentRow rows[] = {{&kRead, "`Things/read`"}, {&kWrite, "`Things/write`", "`x-kind: new`"}};
  EXPECT_EQ(
      document(kFrame, rows),
      "# Things\n\nGenerated from the operation table; a test compares the two, `GOLDEN_UPDATE=1 ./dev test` rewrites "
      "this page.\n\nAny date.\n\n## Offered\n\n| operation | request | since | permission | remarks "
      "|\n|---|---|---|---|---|\n| Things_Get | GET `/things/{name}` | 2020-01-01 | `Things/read` | At once. |\n\n## "
      "Refused on purpose\n\nThe response is 501 `NotSupported` with the reason.\n\n| operation | request | reason "
      "|\n|---|---|---|\n| Things_Put | PUT `/things/{name}` with `x-kind: new` | things are given. |\n");
}

TEST(Document, WhatRefusesNothingSaysNothingOfIt) {
  const DocumentRow rows[] = {{&kRead, "any principal"}};
  EXPECT_EQ(document(kFrame, rows).find("Refused"), std::string::npos);
  EXPECT_EQ(document_file("Things"), "doc/api/Things.md");
}

}  // namespace
}  // namespace quaymaster::api
