#include <gmock/gmock.h>

#include "blob/store/open_store.h"
#include "faces/blob/blob_face_fixture_test.h"

namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using testing::Fields;

/// Objects on a disk that can run full: existing ones can be read and removed, nothing can be written.
class FullObjects final : public objects::ObjectStore {
 public:
  explicit FullObjects(objects::ObjectStore& real) : real_(real) {}
  std::atomic<bool> full{false};

  Result<> put(const objects::Name& name, Bytes bytes) override {
    TRY(room());
    return real_.put(name, bytes);
  }
  Result<std::unique_ptr<objects::ObjectWriter>> create(const objects::Name& name) override {
    TRY(auto writer, real_.create(name));
    return wrap(std::move(writer));
  }
  Result<std::unique_ptr<objects::ObjectWriter>> reopen(const objects::Name& name) override {
    TRY(auto writer, real_.reopen(name));
    return wrap(std::move(writer));
  }
  Result<std::size_t> read(const objects::Name& name, std::uint64_t offset, MutableBytes into) override {
    return real_.read(name, offset, into);
  }
  Result<std::uint64_t> size(const objects::Name& name) override { return real_.size(name); }
  Result<> remove(const objects::Name& name) override { return real_.remove(name); }
  Result<std::vector<objects::Name>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
    return real_.list(prefix, after, limit);
  }
  Result<std::uint64_t> free_bytes() override { return full ? 0 : real_.free_bytes(); }

 private:
  class FullWriter final : public objects::ObjectWriter {
   public:
    FullWriter(FullObjects& disk, std::unique_ptr<objects::ObjectWriter> real) : disk_(disk), real_(std::move(real)) {}
    Result<> write_at(Bytes bytes, std::uint64_t offset) override {
      TRY(disk_.room());
      return real_->write_at(bytes, offset);
    }
    Result<> sync() override { return real_->sync(); }

   private:
    FullObjects& disk_;
    std::unique_ptr<objects::ObjectWriter> real_;
  };

  Result<> room() const {
    if (full) {
      return no_space("the disk is full");
    }
    return ok();
  }
  std::unique_ptr<objects::ObjectWriter> wrap(std::unique_ptr<objects::ObjectWriter> writer) {
    return std::make_unique<FullWriter>(*this, std::move(writer));
  }

  objects::ObjectStore& real_;
};

class FullDisk : public BlobFace {
 protected:
  FullDisk() : full_(*objects_) {
    face_.reset();
    blobs_.reset();
    blobs_ = blob::open_store(*database_, full_, clock_).value();
    open_face();
    make_container();
  }
  ~FullDisk() override {
    face_.reset();
    blobs_.reset();
  }
  FullObjects full_;
};

TEST_F(FullDisk, WritesAreRefusedClearlyAndNothingIsLost) {
  put("b", "old");
  put("other", "in the way");
  full_.full = true;
  const Fields block_blob = {{"x-ms-blob-type", "BlockBlob"}};
  for (const std::size_t size : {3UL, 300000UL, 3000000UL}) {
    const auto refused = send("PUT", path("cont/b"), block_blob, std::string(size, 'x'));
    EXPECT_EQ(refused.status, 503) << "it passes, and clients repeat it a few times";
    EXPECT_EQ(refused.code(), "ServerBusy");
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_THAT(refused.body, ::testing::HasSubstr("The server's disk is full"));
  }
  EXPECT_EQ(send("PUT", path("cont/b") + "?comp=block&blockid=YWFh", {}, std::string(300000, 'x')).code(),
            "ServerBusy");
  EXPECT_EQ(send("GET", path("cont/b")).body, "old");
  EXPECT_EQ(send("DELETE", path("cont/other")).status, 202) << "a full disk can be emptied";
  full_.full = false;
  put("b", std::string(300000, 'y'));
  EXPECT_EQ(send("GET", path("cont/b")).body, std::string(300000, 'y'));
}

}  // namespace
}  // namespace quaymaster::storage
