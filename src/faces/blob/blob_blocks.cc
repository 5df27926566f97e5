#include "faces/blob/blob_blocks.h"

#include <utility>

#include "base/check.h"
#include "base/digests/checksum.h"
#include "base/digests/digest.h"
#include "base/encode.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_headers.h"
#include "wire/xml_reader.h"
#include "wire/xml_writer.h"

namespace quaymaster::storage {
namespace {

constexpr std::size_t kLongestId = 64;  // bytes, decoded

Result<> check_block_id(std::string_view id, const ErrorRow& not_base64, const ErrorRow& too_long) {
  const auto bytes = decode_base64(id);
  if (!bytes || bytes.value().empty()) {
    return refuse(Errc::invalid, not_base64);
  }
  if (bytes.value().size() > kLongestId) {
    return refuse(Errc::invalid, too_long);
  }
  return ok();
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Collects the ids of a block list, in order.
class BlockListHandler final : public wire::XmlHandler {
 public:
  Result<> start(std::string_view name, wire::XmlAttributes) override {
    depth_ += 1;
    if (depth_ == 1) {
      return name == "BlockList" ? Result<>(ok()) : Result<>(refuse(Errc::invalid, kInvalidXml));
    }
    if (depth_ != 2) {
      return refuse(Errc::invalid, kInvalidXml);
    }
    if (blocks.size() == blob::kMostCommittedBlocks) {
      return refuse(Errc::too_large, kBlockListTooLong);
    }
    auto& block = blocks.emplace_back();
    if (name == "Latest") {
      block.source = blob::BlockSource::latest;
    } else if (name == "Uncommitted") {
      block.source = blob::BlockSource::uncommitted;
    } else if (name == "Committed") {
      block.source = blob::BlockSource::committed;
    } else {
      return refuse(Errc::invalid, kInvalidXml);
    }
    return ok();
  }
  Result<> text(std::string_view value) override {
    if (depth_ == 2) {
      blocks.back().id += value;
    } else if (!without_blanks(value).empty()) {
      return refuse(Errc::invalid, kInvalidXml);
    }
    return ok();
  }
  Result<> end(std::string_view) override {
    if (depth_ == 2) {
      blocks.back().id = without_blanks(blocks.back().id);
      TRY(check_block_id(blocks.back().id, kInvalidBlockList, kInvalidBlockList));
    }
    depth_ -= 1;
    return ok();
  }

  std::vector<blob::BlockReference> blocks;

 private:
  int depth_ = 0;
};

void write_blocks(wire::XmlWriter& xml, std::string_view name, const std::vector<blob::Block>& blocks) {
  xml.start(name);
  for (const auto& block : blocks) {
    xml.start("Block").element("Name", block.id).element("Size", block.size).end();
  }
  xml.end();
}

}  // namespace

Result<std::string> read_block_id(const http::Request& request) {
  const auto id = request.parameter("blockid").value_or("");
  if (id.empty()) {
    return refuse_parameter(kMissingParameter, "blockid", "", "Put Block names its block");
  }
  TRY(check_block_id(id, kInvalidParameter, kOutOfRangeInput));
  return std::string(id);
}

Result<std::vector<blob::BlockReference>> parse_block_list(std::string_view document) {
  constexpr wire::XmlLimits kLimits{.depth = 4, .name = 64, .attributes = 8, .value = kKiB, .text = kKiB};
  BlockListHandler handler;
  auto read = wire::read_xml(as_bytes(document), handler, kLimits);
  if (read) {
    return std::move(handler.blocks);
  }
  if (read.error().published() != nullptr) {
    return std::move(read).error();
  }
  return std::move(read).error().as(kInvalidXml);
}

std::string write_block_lists(const blob::BlockLists& lists, bool committed, bool uncommitted) {
  std::string body;
  wire::XmlWriter xml(body);
  xml.start("BlockList");
  if (committed) {
    write_blocks(xml, "CommittedBlocks", lists.committed);
  }
  if (uncommitted) {
    write_blocks(xml, "UncommittedBlocks", lists.uncommitted);
  }
  xml.end();
  check(xml.finish().has_value());  // ids are base64
  return body;
}

Result<> block_error(Result<> result, BlobCall& call) {
  if (result) {
    return ok();
  }
  switch (result.error().kind()) {
    case Errc::invalid:
      return std::move(result).error().as(kInvalidBlobOrBlock);
    case Errc::conflict:
      return std::move(result).error().as(kBlockCount);
    default:
      return blob_error(std::move(result).error(), call);
  }
}

Result<http::Reply> put_block_list(BlobCall& call) {
  TRY(refuse_old_state(call.request));
  TRY(auto conditions, write_conditions(call.request));
  TRY(auto properties, read_properties(call.request, Writing::block_list));
  TRY(auto metadata, read_metadata(call.request));
  TRY(const auto blocks, parse_block_list(call.document));
  conditions.must_not_exist |= call.create_only;
  auto result = call.blobs.put_block_list(call.key(), blocks, std::move(properties), std::move(metadata), conditions);
  if (!result) {
    auto error = std::move(result).error();
    if (error.kind() == Errc::invalid) {
      return std::move(error).as(kInvalidBlockList);
    }
    if (error.kind() == Errc::too_large) {
      return std::move(error).as(kBlockListTooLong);
    }
    return blob_error(std::move(error), call);
  }

  http::Reply reply;
  reply.status = 201;
  add_version(reply.headers, result.value().etag, result.value().modified);
  add_version_id(reply.headers, result.value());
  if (header(call.request, "Content-MD5")) {  // of the list, as it was sent
    reply.headers.add("Content-MD5", base64(md5(as_bytes(call.document))));
  } else {
    reply.headers.add("x-ms-content-crc64", crc64_text(crc64_nvme(as_bytes(call.document))));
  }
  reply.headers.add("x-ms-request-server-encrypted", "true");
  return reply;
}

Result<http::Reply> get_block_list(BlobCall& call) {
  TRY(refuse_conditions(call.request));
  const auto type = call.request.parameter("blocklisttype").value_or("");
  const bool all = equal_ignoring_case(type, "all");
  const bool uncommitted = all || equal_ignoring_case(type, "uncommitted");
  const bool committed = all || type.empty() || equal_ignoring_case(type, "committed");
  if (!committed && !uncommitted) {
    return refuse_parameter(kInvalidParameter, "blocklisttype", type, "committed, uncommitted or all");
  }
  TRY(const auto state, read_state(call.request));
  TRY(const auto lists, in_blob_words(call.blobs.get_block_lists(call.key(), state), call));
  if (!lists.blob && !uncommitted) {
    return refuse(Errc::not_found, kBlobNotFound);
  }
  if (lists.blob && lists.blob->type != blob::Type::block) {
    return refuse(Errc::conflict, kInvalidBlobType);
  }

  http::Reply reply;
  reply.headers.add("Content-Type", "application/xml");
  if (lists.blob) {
    add_version(reply.headers, lists.blob->etag, lists.blob->modified);
  }
  reply.headers.add("x-ms-blob-content-length", std::to_string(lists.blob ? lists.blob->size : 0));
  reply.body = write_block_lists(lists, committed, uncommitted);
  return reply;
}

}  // namespace quaymaster::storage
