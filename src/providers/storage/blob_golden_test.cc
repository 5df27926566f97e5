#include <set>

#include "arm/golden.h"
#include "providers/storage/blob_face_fixture.h"
#include "providers/storage/blob_operations.h"

// One exchange of every offered operation, byte for byte: tests/golden/blob/<operation>/<case>.http.
namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using testing::Fields;

class Golden : public BlobFace {
 protected:
  /// Sends and compares. The signature is left out: it says nothing that the rest does not.
  void exchange(const std::string& name, const std::string& method, const std::string& target,
                const Fields& fields = {}, const std::string& body = "") {
    auto text = fmt::format("{} {} HTTP/1.1\nHost: 127.0.0.1:10000\nAuthorization: …\n", method, target);
    for (const auto& [field, value] : fields) text += fmt::format("{}: {}\n", field, value);
    text += fmt::format("\n{}{}", body, body.empty() ? "" : "\n\n");

    const auto answer = send(method, target, fields, body);
    text += fmt::format("HTTP/1.1 {}\n", answer.status);
    for (const auto& [field, value] : answer.headers.fields()) text += fmt::format("{}: {}\n", field, value);
    if (answer.length)
      text += fmt::format("Content-Length: {}\n", *answer.length);
    text += fmt::format("\n{}{}", answer.body, answer.body.empty() ? "" : "\n");
    EXPECT_EQ(arm::compare_golden(fmt::format("tests/golden/blob/{}.http", name), text), "");
    seen_.insert(name.substr(0, name.find('/')));
  }

  std::set<std::string> seen_;
};

TEST_F(Golden, EveryOfferedOperation) {
  const auto cont = path("cont");
  const auto blob = path("cont/dir/a%20b.txt");
  const std::string container = cont + "?restype=container";

  exchange("GetAccountInformation/answer", "GET", path("") + "?restype=account&comp=properties");
  exchange("GetBlobServiceProperties/fresh", "GET", path("") + "?restype=service&comp=properties");
  exchange("SetBlobServiceProperties/cors", "PUT", path("") + "?restype=service&comp=properties", {},
           "<StorageServiceProperties><Cors/></StorageServiceProperties>");
  exchange("CreateContainer/created", "PUT", container, {{"x-ms-meta-Owner", "Ada"}});
  exchange("CreateContainer/exists", "PUT", container);
  exchange("GetContainerProperties/answer", "GET", container);
  exchange("GetContainerMetadata/answer", "GET", container + "&comp=metadata");
  exchange("SetContainerMetadata/answer", "PUT", container + "&comp=metadata", {{"x-ms-meta-Owner", "Grace"}});
  exchange("ListContainers/one", "GET", path("") + "?comp=list&include=metadata&prefix=c&maxresults=10");

  exchange("PutBlob/created", "PUT", blob,
           {{"x-ms-blob-type", "BlockBlob"},
            {"x-ms-blob-content-type", "text/plain"},
            {"x-ms-meta-k", "v"},
            {"x-ms-client-request-id", "a client's id"}},
           "hello");
  exchange("PutBlob/exists", "PUT", blob, {{"x-ms-blob-type", "BlockBlob"}, {"If-None-Match", "*"}}, "hello");
  exchange("PutBlob/wrong_md5", "PUT", blob,
           {{"x-ms-blob-type", "BlockBlob"}, {"Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="}}, "hello");
  exchange("PutBlob/page_blob", "PUT", blob, {{"x-ms-blob-type", "PageBlob"}, {"x-ms-blob-content-length", "512"}});
  exchange("GetBlob/whole", "GET", blob);
  exchange("GetBlob/range", "GET", blob, {{"x-ms-range", "bytes=1-3"}, {"x-ms-range-get-content-md5", "true"}});
  exchange("GetBlob/range_behind_the_end", "GET", blob, {{"x-ms-range", "bytes=5-"}});
  exchange("GetBlob/not_modified", "GET", blob, {{"If-Modified-Since", "Sat, 14 Mar 2026 09:26:53 GMT"}});
  exchange("GetBlob/missing", "GET", path("cont/none"));
  exchange("GetBlobProperties/answer", "HEAD", blob);
  exchange("GetBlobProperties/missing", "HEAD", path("cont/none"));
  exchange("GetBlobMetadata/answer", "GET", blob + "?comp=metadata");
  exchange("SetBlobMetadata/answer", "PUT", blob + "?comp=metadata", {{"x-ms-meta-other", "w"}});
  exchange("SetBlobProperties/answer", "PUT", blob + "?comp=properties", {{"x-ms-blob-content-type", "text/html"}});

  const auto blocks = path("cont/blocks");
  exchange("PutBlock/staged", "PUT", blocks + "?comp=block&blockid=MDAwMQ%3D%3D", {}, "one ");
  exchange("PutBlock/second", "PUT", blocks + "?comp=block&blockid=MDAwMg%3D%3D", {}, "two");
  exchange("GetBlockList/uncommitted", "GET", blocks + "?comp=blocklist&blocklisttype=all");
  exchange("PutBlockList/unknown_block", "PUT", blocks + "?comp=blocklist", {},
           "<BlockList><Latest>MDAwMw==</Latest></BlockList>");
  exchange("PutBlockList/committed", "PUT", blocks + "?comp=blocklist", {{"x-ms-blob-content-type", "text/plain"}},
           "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
           "<BlockList><Latest>MDAwMQ==</Latest><Uncommitted>MDAwMg==</Uncommitted></BlockList>");
  exchange("GetBlockList/committed", "GET", blocks + "?comp=blocklist");
  exchange("ListBlobs/flat", "GET", container + "&comp=list&include=metadata");
  exchange("ListBlobs/page_of_a_directory", "GET", container + "&comp=list&delimiter=%2F&maxresults=1");

  exchange("DeleteBlob/deleted", "DELETE", blob);
  exchange("DeleteBlob/missing", "DELETE", blob);
  exchange("DeleteContainer/deleted", "DELETE", container);
  exchange("DeleteContainer/missing", "DELETE", container);

  for (const auto& row : blob_operations()) {
    EXPECT_TRUE(!row.offered() || seen_.contains(std::string(row.name))) << row.name << " has no golden file";
  }
}

}  // namespace
}  // namespace quaymaster::storage
