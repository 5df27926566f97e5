#include "blob/versions/upload.h"

#include <algorithm>

#include "base/check.h"

namespace quaymaster::blob {
namespace {

/// Small uploads are collected and written into a shared extent; larger ones are streamed.
class StreamUpload final : public Upload {
 public:
  StreamUpload(Extents& extents, Pins& pins, Hashing hashing, Admission admit)
      : extents_(extents), admit_(std::move(admit)) {
    writer_.emplace(extents, pins);
    if (hashing == Hashing::md5) {
      hasher_.emplace(HashAlgorithm::md5);
    }
  }

  Result<> append(Bytes bytes) override {
    check(!ended_);
    if (hasher_) {
      hasher_->update(bytes);
    }
    const auto limit = extents_.small_limit();
    while (!bytes.empty()) {
      if (pending_.empty() && bytes.size() >= limit) {
        const auto whole = bytes.first(bytes.size() / limit * limit);
        TRY(write(whole));
        bytes = bytes.subspan(whole.size());
        continue;
      }
      if (pending_.size() == limit) {
        TRY(write(pending_));
        pending_.clear();
        continue;
      }
      const auto part = bytes.first(std::min<std::uint64_t>(bytes.size(), limit - pending_.size()));
      if (pending_.size() + part.size() > pending_.capacity()) {
        pending_.reserve(std::min<std::uint64_t>(limit, 2 * (pending_.size() + part.size())));
      }
      quaymaster::append(pending_, part);
      bytes = bytes.subspan(part.size());
    }
    return ok();
  }

  Result<std::unique_ptr<Content>> finish() override {
    check(!ended_);
    ended_ = true;
    TRY(admit_(pending_.size()));
    if (streaming_) {
      TRY(writer_->write(pending_));
    } else {
      TRY(writer_->write_small(pending_));
    }
    std::optional<Md5Digest> md5;
    if (hasher_) {
      const auto digest = hasher_->finish();
      std::ranges::copy(digest, md5.emplace().begin());
    }
    TRY(auto content, writer_->finish(md5));
    writer_.reset();  // frees its extent for others, however long this upload lives
    return std::unique_ptr<Content>(std::move(content));
  }

 private:
  Result<> write(Bytes bytes) {
    streaming_ = true;
    auto written = admit_(bytes.size());
    if (written) {
      written = writer_->write(bytes);
    }
    ended_ = !written;  // bytes are missing now
    return written;
  }

  Extents& extents_;
  const Admission admit_;
  std::optional<PieceWriter> writer_;
  std::optional<Hasher> hasher_;
  Buffer pending_;
  bool streaming_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Upload> make_upload(Extents& extents, Pins& pins, Hashing hashing, Admission admit) {
  return std::make_unique<StreamUpload>(extents, pins, hashing, std::move(admit));
}

}  // namespace quaymaster::blob
