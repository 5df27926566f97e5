#include "vault/index/index_run.h"

#include <algorithm>

#include "base/check.h"
#include "base/digests/checksum.h"
#include "base/encode.h"

namespace quaymaster::vault {
namespace {

constexpr std::string_view kMagic{"QMVINDX\0", 8};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 64;
constexpr std::size_t kPlainPage = 4080;  // sealed: 4096
constexpr std::size_t kSealedPage = kPlainPage + kSealTag;
constexpr std::size_t kRecordSize = 24;
constexpr std::size_t kPageHead = 24;                                         // u32 count, u32 spilled, rest zero
constexpr std::size_t kPageRecords = (kPlainPage - kPageHead) / kRecordSize;  // 169
constexpr std::size_t kTypicalRecords = 120;      // so that pages rarely spill into the next one
constexpr std::uint64_t kMostHomePages = 10'000;  // per part: 40 MiB of pages and 1.5 MiB of filter in one object
constexpr std::size_t kFilterBlock = 64;
constexpr std::size_t kFilterBitsPerRecord = 10;
constexpr int kFilterProbes = 7;
constexpr std::uint32_t kFilterNumber = 0xFFFFFFFF;

std::uint64_t high(const ChunkId& id) {  // big endian, so that ids and numbers sort alike
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) {
    number = number << 8 | id.bytes[static_cast<std::size_t>(i)];
  }
  return number;
}

/// Which of `count` equal ranges of the id space `id` falls into.
std::uint64_t slice(const ChunkId& id, std::uint64_t count) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(high(id)) * count >> 64);
}

template <class Touch>
void probe(MutableBytes filter, const ChunkId& id, Touch touch) {
  auto bits = load_le64(Bytes(id.bytes).subspan(8));
  const auto block = (bits * 0x9E3779B97F4A7C15ULL >> 32) % (filter.size() / kFilterBlock);
  for (int i = 0; i < kFilterProbes; ++i, bits >>= 9) {
    touch(filter[block * kFilterBlock + (bits & 511) / 8], static_cast<std::uint8_t>(1 << (bits & 7)));
  }
}

SealNonce nonce_of(std::uint32_t part, std::uint32_t number) {
  SealNonce nonce{};
  store_le(part, MutableBytes(nonce));
  store_le(number, MutableBytes(nonce).subspan(4));
  return nonce;
}

std::uint64_t home_pages(std::uint64_t records) {
  return std::max<std::uint64_t>(1, (records + kTypicalRecords - 1) / kTypicalRecords);
}

SealKey run_key(const SealKey& index_key, const RunId& id) {
  return derive_key(index_key, id.bytes, "one run");
}

void add_record(Buffer& page, const IndexRecord& record) {
  const auto count = load_le32(page);
  const auto at = kPageHead + count * kRecordSize;
  std::ranges::copy(record.id.bytes, page.begin() + static_cast<std::ptrdiff_t>(at));
  store_le(record.location.pack, MutableBytes(page).subspan(at + 16));
  store_le(record.location.chunk, MutableBytes(page).subspan(at + 20));
  store_le(count + 1, MutableBytes(page));
}

IndexRecord record_at(Bytes page, std::size_t i) {
  const auto bytes = page.subspan(kPageHead + i * kRecordSize, kRecordSize);
  IndexRecord record;
  std::ranges::copy(bytes.first(16), record.id.bytes.begin());
  record.location = {load_le32(bytes.subspan(16)), load_le32(bytes.subspan(20))};
  return record;
}

}  // namespace

PageCache::PageCache(std::uint64_t bytes) : slots_(std::max<std::uint64_t>(1, bytes / (kPlainPage + sizeof(Slot)))) {}

PageCache::Slot& PageCache::slot(const RunId& run, std::uint64_t page) {
  const auto mixed = (load_le64(run.bytes) ^ page * 0x9E3779B97F4A7C15ULL) * 0xBF58476D1CE4E5B9ULL;
  return slots_[(mixed >> 20) % slots_.size()];
}

bool PageCache::find(const RunId& run, std::uint64_t page, MutableBytes into) {
  auto& s = slot(run, page);
  const std::lock_guard lock(s.mutex);
  if (s.run != run || s.page != page || s.bytes.empty()) {
    return false;
  }
  std::ranges::copy(s.bytes, into.begin());
  return true;
}

void PageCache::put(const RunId& run, std::uint64_t page, Bytes bytes) {
  auto& s = slot(run, page);
  const std::lock_guard lock(s.mutex);
  s.run = run;
  s.page = page;
  s.bytes.assign(bytes.begin(), bytes.end());
}

IndexRun::IndexRun(objects::ObjectStore& objects, std::string prefix, const SealKey& key, const RunId& id,
                   PageCache& cache)
    : objects_(objects), prefix_(std::move(prefix)), key_(key), id_(id), cache_(cache) {}

std::string IndexRun::name(std::uint32_t part) const {
  return fmt::format("{}/index/{}-{:04}", prefix_, hex_lower(id_.bytes), part);
}

Result<std::unique_ptr<IndexRun>> IndexRun::write(objects::ObjectStore& objects, const std::string& prefix,
                                                  const SealKey& index_key, const RunId& id, std::uint64_t most_records,
                                                  const RecordSource& source, PageCache& cache) {
  std::unique_ptr<IndexRun> run(new IndexRun(objects, prefix, run_key(index_key, id), id, cache));
  const auto pages = home_pages(most_records);
  const auto parts = static_cast<std::uint32_t>((pages + kMostHomePages - 1) / kMostHomePages);
  run->home_pages_ = (pages + parts - 1) / parts;

  IndexRecord record;
  TRY(bool more, source(record));
  for (std::uint32_t part = 0; part < parts; ++part) {
    std::vector<Buffer> part_pages(run->home_pages_, Buffer(kPlainPage));
    const auto blocks = run->home_pages_ * kTypicalRecords * kFilterBitsPerRecord / 8 / kFilterBlock + 1;
    Buffer filter(blocks * kFilterBlock);
    std::uint64_t records = 0;
    while (more) {
      const auto page = slice(record.id, run->home_pages_ * parts);
      if (page / run->home_pages_ != part) {
        break;
      }
      auto at = page % run->home_pages_;
      while (load_le32(part_pages[at]) == kPageRecords) {
        store_le(std::uint32_t{1}, MutableBytes(part_pages[at]).subspan(4));
        if (++at == part_pages.size()) {
          part_pages.emplace_back(kPlainPage);
        }
      }
      add_record(part_pages[at], record);
      probe(filter, record.id, [](std::uint8_t& byte, std::uint8_t bit) { byte |= bit; });
      ++records;
      TRY(more, source(record));
    }
    TRY(run->write_part(part, parts, records, part_pages, filter));
    run->records_ += records;
    run->parts_.push_back({part_pages.size(), std::move(filter)});
  }
  check(!more);
  return run;
}

Result<> IndexRun::write_part(std::uint32_t part, std::uint32_t parts, std::uint64_t records,
                              const std::vector<Buffer>& pages, const Buffer& filter) {
  Buffer object;
  object.reserve(kHeaderSize + pages.size() * kSealedPage + filter.size() + kSealTag);
  append(object, as_bytes(kMagic));
  append_le(object, kVersion);
  append_le(object, part);
  append_le(object, parts);
  append_le(object, std::uint32_t{0});
  append_le(object, home_pages_);
  append_le(object, std::uint64_t{pages.size()});
  append_le(object, records);
  append_le(object, std::uint64_t{filter.size()});
  append_le(object, std::uint32_t{0});
  append_le(object, crc32c(object));
  check(object.size() == kHeaderSize);
  Buffer sealed(kSealedPage);
  for (std::uint32_t i = 0; i < pages.size(); ++i) {
    seal(key_, nonce_of(part, i), id_.bytes, pages[i], sealed);
    append(object, sealed);
  }
  sealed.resize(filter.size() + kSealTag);
  seal(key_, nonce_of(part, kFilterNumber), id_.bytes, filter, sealed);
  append(object, sealed);
  return objects_.put(name(part), object);
}

Result<std::unique_ptr<IndexRun>> IndexRun::open(objects::ObjectStore& objects, const std::string& prefix,
                                                 const SealKey& index_key, const RunId& id, std::uint32_t parts,
                                                 PageCache& cache) {
  std::unique_ptr<IndexRun> run(new IndexRun(objects, prefix, run_key(index_key, id), id, cache));
  for (std::uint32_t part = 0; part < parts; ++part) {
    TRY(run->open_part(part, parts));
  }
  return run;
}

Result<> IndexRun::open_part(std::uint32_t part, std::uint32_t parts) {
  const auto object = name(part);
  Buffer header(kHeaderSize);
  TRY(const auto size, objects_.size(object));
  TRY(const auto count, objects_.read(object, 0, header));
  const Bytes h(header);
  if (count != kHeaderSize || !std::ranges::equal(h.first(8), as_bytes(kMagic)) ||
      load_le32(h.subspan(60)) != crc32c(h.first(60))) {
    return corrupt("{} does not have the magic of an index", object);
  }
  if (load_le32(h.subspan(8)) > kVersion) {
    return unsupported("{} has version {}", object, load_le32(h.subspan(8)));
  }
  const auto pages = load_le64(h.subspan(32));
  const auto filter_size = load_le64(h.subspan(48));
  const auto home = load_le64(h.subspan(24));
  if (load_le32(h.subspan(12)) != part || load_le32(h.subspan(16)) != parts || size > objects::kLargestObject ||
      pages > size / kSealedPage || filter_size > size || filter_size == 0 || filter_size % kFilterBlock != 0 ||
      size != kHeaderSize + pages * kSealedPage + filter_size + kSealTag || home == 0 || home > pages ||
      (part > 0 && home != home_pages_)) {
    return corrupt("the header of {} does not match its {} bytes", object, size);
  }
  home_pages_ = home;
  Buffer sealed(filter_size + kSealTag);
  TRY(const auto read, objects_.read(object, kHeaderSize + pages * kSealedPage, sealed));
  if (read != sealed.size()) {
    return corrupt("{} is cut short", object);
  }
  Part opened{pages, Buffer(filter_size)};
  TRY(open_sealed(key_, nonce_of(part, kFilterNumber), id_.bytes, sealed, opened.filter));
  parts_.push_back(std::move(opened));
  records_ += load_le64(h.subspan(40));
  return ok();
}

Result<> IndexRun::remove() {
  for (std::uint32_t part = 0; part < parts_.size(); ++part) {
    TRY(objects_.remove(name(part)));
  }
  return ok();
}

Result<> IndexRun::read_page(std::uint32_t part, std::uint64_t page, MutableBytes plain) const {
  const auto cache_key = std::uint64_t{part} << 32 | page;
  if (cache_.find(id_, cache_key, plain)) {
    return ok();
  }
  TRY(read_page_from_disk(part, page, plain));
  cache_.put(id_, cache_key, plain);
  return ok();
}

Result<> IndexRun::read_page_from_disk(std::uint32_t part, std::uint64_t page, MutableBytes plain) const {
  Buffer sealed(kSealedPage);
  TRY(const auto count, objects_.read(name(part), kHeaderSize + page * kSealedPage, sealed));
  if (count != kSealedPage) {
    return corrupt("{} is truncated", name(part));
  }
  if (auto opened = open_sealed(key_, nonce_of(part, static_cast<std::uint32_t>(page)), id_.bytes, sealed, plain);
      !opened) {
    return std::move(opened).error().because(fmt::format("{}, page {}", name(part), page));
  }
  if (load_le32(plain) > kPageRecords) {
    return corrupt("page {} of {} is full beyond its size", page, name(part));
  }
  return ok();
}

Result<> IndexRun::find(const ChunkId& chunk, std::vector<Location>& places) const {
  const auto home = slice(chunk, home_pages_ * parts_.size());
  const auto part = static_cast<std::uint32_t>(home / home_pages_);
  bool maybe = true;
  auto& filter = const_cast<Buffer&>(parts_[part].filter);  // only probed, never changed
  probe(filter, chunk, [&](std::uint8_t& byte, std::uint8_t bit) { maybe = maybe && (byte & bit) != 0; });
  if (!maybe) {
    return ok();
  }
  std::array<std::uint8_t, kPlainPage> page;
  for (auto at = home % home_pages_; at < parts_[part].pages; ++at) {
    TRY(read_page(part, at, page));
    const auto count = load_le32(page);
    for (std::size_t i = 0; i < count; ++i) {
      if (std::memcmp(page.data() + kPageHead + i * kRecordSize, chunk.bytes.data(), chunk.bytes.size()) == 0) {
        places.push_back(record_at(page, i).location);
      }
    }
    if (load_le32(Bytes(page).subspan(4)) == 0) {
      break;  // nothing of this page spilled into the next
    }
  }
  return ok();
}

Result<> IndexRun::verify() const {
  // A separate run, opened from the objects: what this one has in memory proves nothing about the disk.
  PageCache none(0);
  IndexRun fresh(objects_, prefix_, key_, id_, none);
  std::uint64_t records = 0;
  for (std::uint32_t part = 0; part < parts(); ++part) {
    TRY(fresh.open_part(part, parts()));
    std::array<std::uint8_t, kPlainPage> page;
    for (std::uint64_t at = 0; at < fresh.parts_[part].pages; ++at) {
      TRY(fresh.read_page_from_disk(part, at, page));
      records += load_le32(page);
    }
  }
  if (records != fresh.records_) {
    return corrupt("run {} holds {} records, its headers say {}", hex_lower(id_.bytes), records, fresh.records_);
  }
  return ok();
}

RecordSource IndexRun::scan() const {
  struct Cursor {
    std::uint32_t part = 0;
    std::uint64_t page = 0;
    std::size_t next = 0;
    std::vector<IndexRecord> records;
  };
  // Spilled records are one page later than their neighbours: each batch is sorted up to the first page without a
  // spill.
  return [this, cursor = std::make_shared<Cursor>()](IndexRecord& record) -> Result<bool> {
    while (cursor->next == cursor->records.size()) {
      cursor->records.clear();
      cursor->next = 0;
      bool spilled = true;
      while (spilled) {
        if (cursor->part == parts_.size()) {
          break;
        }
        if (cursor->page == parts_[cursor->part].pages) {
          ++cursor->part;
          cursor->page = 0;
          break;
        }
        std::array<std::uint8_t, kPlainPage> page;
        TRY(read_page(cursor->part, cursor->page++, page));
        for (std::size_t i = 0; i < load_le32(page); ++i) {
          cursor->records.push_back(record_at(page, i));
        }
        spilled = load_le32(Bytes(page).subspan(4)) != 0;
      }
      std::ranges::sort(cursor->records);
      if (cursor->records.empty() && cursor->part == parts_.size()) {
        return false;
      }
    }
    record = cursor->records[cursor->next++];
    return true;
  };
}

}  // namespace quaymaster::vault
