#include "providers/recovery_services/points/point_contents.h"

#include "providers/recovery_services/restores/restore_world_test.h"

namespace quaymaster::recovery_services {
namespace {

using testing::HasSubstr;

class PointContentsTest : public RestoreWorld {
 protected:
  http::Reply entries(const ItemRecord& item, const std::string& query = "") {
    return fixture.get(point_path(item, "/quaymasterEntries?path=" + query));
  }
  http::Reply content(const ItemRecord& item, const std::string& path, const std::string& range = "") {
    auto request = fixture.request(http::Method::get, point_path(item, "/quaymasterContent?path=" + path));
    if (!range.empty()) {
      request.headers.add("Range", range);
    }
    return fixture.send(request);
  }
};

TEST_F(PointContentsTest, ListsADirectoryOfAShare) {
  const auto top = entries(share_item).body;
  for (const auto* part : {R"({"name":"a.txt","type":"File","size":5,"mode":"0)", R"({"name":"dir","type":"Directory")",
                           R"("name":"link","type":"Symlink")", R"("target":"a.txt"})"}) {
    EXPECT_THAT(top, HasSubstr(part));
  }
  EXPECT_THAT(top, testing::Not(HasSubstr("b.txt"))) << "not what is below";
  EXPECT_THAT(entries(share_item, "dir/").body, HasSubstr(R"("name":"b.txt")"));
  EXPECT_EQ(entries(share_item, "nothing").status, 404);
  EXPECT_EQ(entries(share_item, "../x").status, 404);
}

TEST_F(PointContentsTest, ListsByPages) {
  std::vector<std::string> names;
  auto target = point_path(share_item, "/quaymasterEntries?path=&$top=1");
  for (int pages = 0; !target.empty() && pages < 10; ++pages) {
    const auto body = fixture.get(target).body;
    const auto at = body.find("\"name\":\"") + 8;
    names.push_back(body.substr(at, body.find('"', at) - at));
    const auto link = body.find("\"nextLink\":\"");
    target = link == std::string::npos
                 ? ""
                 : body.substr(link + 12 + arm::ArmFixture::kBase.size(),
                               body.find('"', link + 12) - link - 12 - arm::ArmFixture::kBase.size());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a.txt", "dir", "link"}));
}

TEST_F(PointContentsTest, ReturnsAFileWholeOrInPart) {
  const auto whole = content(share_item, "dir/deep/c.bin");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, noise(300'000, 4));
  EXPECT_EQ(whole.headers.get("Content-Type"), "application/octet-stream");
  struct Case {
    const char* range;
    const char* body;
    const char* says;
  };
  for (const auto& one : std::vector<Case>{{"bytes=1-2", "lp", "bytes 1-2/5"},
                                           {"bytes=3-", "ha", "bytes 3-4/5"},
                                           {"bytes=-1", "a", "bytes 4-4/5"},
                                           {"bytes=-9", "alpha", "bytes 0-4/5"},
                                           {"bytes=0-99", "alpha", "bytes 0-4/5"}}) {
    const auto part = content(share_item, "a.txt", one.range);
    EXPECT_EQ(part.status, 206) << one.range;
    EXPECT_EQ(part.body, one.body);
    EXPECT_EQ(part.headers.get("Content-Range"), one.says);
  }
  for (const auto* range : {"bytes=5-", "bytes=7-9", "bytes=3-2"}) {
    EXPECT_EQ(content(share_item, "a.txt", range).status, 416) << range;
  }
  for (const auto* range : {"lines=1-2", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "bytes=1-x"}) {
    EXPECT_EQ(content(share_item, "a.txt", range).body, "alpha") << range << " is as good as none";
  }
  EXPECT_EQ(content(share_item, "dir").status, 400);
  EXPECT_EQ(content(share_item, "none").status, 404);
}

TEST_F(PointContentsTest, ReturnsTheDisksOfAMachine) {
  EXPECT_EQ(entries(machine_item).body,
            fmt::format(R"({{"value":[{{"name":"vm1-os","type":"Disk","size":{},"lun":-1}},)"
                        R"({{"name":"vm1-data","type":"Disk","size":{},"lun":0}}]}})",
                        os_bytes.size(), data_bytes.size()));
  EXPECT_EQ(content(machine_item, "vm1-data").body, data_bytes);
  EXPECT_EQ(content(machine_item, "lun0", "bytes=100-199").body, data_bytes.substr(100, 100));
  EXPECT_EQ(content(machine_item, "vm9").status, 404);
  EXPECT_EQ(entries(machine_item, "vm1-os").status, 404);
}

TEST_F(PointContentsTest, ReadersDoNotSeeTheBytes) {
  for (const auto& row : kProvider.operations) {
    if (row.id.starts_with("Quaymaster_Content") || row.id.starts_with("Quaymaster_Entries")) {
      EXPECT_TRUE(row.action.ends_with("/restore/action")) << row.id;
    }
  }
}

}  // namespace
}  // namespace quaymaster::recovery_services
