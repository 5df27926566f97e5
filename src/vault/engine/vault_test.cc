#include "vault/vault.h"

#include <thread>

#include "testing/vault/test_vault.h"
#include "vault/chunks/chunker.h"
#include "vault/engine/open_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

TEST(Vault, RestoresWhatWasBackedUp) {
  TestVault t;
  for (const std::size_t size : {0UL, 1UL, 70'000UL, 262'144UL, 3'000'000UL}) {
    for (const auto cut : {Cut::content, Cut::aligned}) {
      const auto bytes = noise(size, static_cast<std::uint32_t>(size));
      const auto point = t.backup(bytes, cut);
      ASSERT_TRUE(point) << point.error().cause();
      EXPECT_EQ(t.restore(point.value().id).value(), bytes);
    }
  }
}

TEST(Vault, RestoresAfterARestart) {
  TestVault t;
  const auto bytes = noise(5'000'000, 1);
  const auto point = t.backup(bytes).value();
  t.reopen();
  EXPECT_EQ(t.restore(point.id).value(), bytes);
  EXPECT_EQ(t.backup(bytes).value().totals.chunks_new, 0);
}

TEST(Vault, StoresASecondTimeNothingThatItHas) {
  TestVault t;
  auto bytes = noise(8'000'000, 2);
  const auto first = t.backup(bytes).value();
  const auto second = t.backup(bytes).value();
  EXPECT_EQ(second.totals.bytes_new, 0);
  EXPECT_EQ(second.totals.bytes_read, bytes.size());
  bytes.insert(bytes.begin() + 1000, 17, 'x');  // content-defined: what follows an insertion is found again
  const auto third = t.backup(bytes).value();
  EXPECT_LT(third.totals.bytes_new, 3 * kLargestCut);
  EXPECT_EQ(t.restore(third.id).value(), bytes);
  EXPECT_EQ(first.totals.bytes_new, 8'000'000);
}

TEST(Vault, AChangedBlockOfADiskTouchesOneChunk) {
  TestVault t;
  auto disk = noise(64 * kAlignedChunk, 3);
  ASSERT_TRUE(t.backup(disk, Cut::aligned));
  disk[20 * kAlignedChunk + 5] ^= 1;
  EXPECT_EQ(t.backup(disk, Cut::aligned).value().totals.bytes_new, kAlignedChunk);
}

TEST(Vault, ZerosAreNeverStored) {
  TestVault t;
  Buffer disk(40 * kAlignedChunk);
  const auto piece = noise(100, 4);
  std::ranges::copy(piece, disk.begin() + 10 * kAlignedChunk + 7);
  const auto point = t.backup(disk, Cut::aligned).value();
  EXPECT_EQ(point.totals.chunks_new, 1);
  EXPECT_EQ(point.totals.bytes_zero, 39 * kAlignedChunk);
  EXPECT_EQ(t.restore(point.id).value(), disk);
  const auto reader = t.vault->read(read_root(t.vault->point(point.id).value().root));
  EXPECT_EQ(reader->zeros_at(0), 10 * kAlignedChunk);
  EXPECT_EQ(reader->zeros_at(10 * kAlignedChunk), 0);
}

TEST(Vault, HolesNeedNotBeRead) {
  TestVault t;
  auto session = t.vault->begin().value();
  auto stream = session->stream(Cut::aligned);
  ASSERT_TRUE(stream->append(Buffer(1000, 'a')));
  ASSERT_TRUE(stream->append_zeros(5 * kAlignedChunk));
  ASSERT_TRUE(stream->append(Buffer(1000, 'b')));
  const auto extents = stream->finish().value();
  stream.reset();
  const auto point = t.vault->commit(std::move(session), "s", write_root(extents), {}).value();
  Buffer expected(1000, 'a');
  expected.resize(1000 + 5 * kAlignedChunk);
  expected.resize(expected.size() + 1000, 'b');
  EXPECT_EQ(t.restore(point.id).value(), expected);
}

TEST(Vault, ReadsAnyRange) {
  TestVault t;
  const auto bytes = noise(3'000'000, 5);
  const auto point = t.backup(bytes).value();
  const auto reader = t.vault->read(read_root(t.vault->point(point.id).value().root));
  for (const std::size_t offset : {0UL, 1UL, 262'143UL, 1'500'000UL, 2'999'999UL, 3'000'000UL, 9'000'000UL}) {
    Buffer into(500'000);
    const auto count = reader->read(offset, into).value();
    ASSERT_EQ(count, offset < bytes.size() ? std::min<std::size_t>(into.size(), bytes.size() - offset) : 0);
    EXPECT_TRUE(std::equal(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(count),
                           bytes.begin() + static_cast<std::ptrdiff_t>(std::min(offset, bytes.size()))));
  }
}

TEST(Vault, ManySessionsShareWhatTheyStore) {
  TestVault t;
  const auto common = noise(6'000'000, 6);
  std::vector<Guid> ids(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      threads.emplace_back([&, i] {
        auto bytes = common;
        append(bytes, noise(500'000, 100 + static_cast<std::uint32_t>(i)));
        ids[i] = t.backup(bytes).value().id;
      });
    }
  }
  const auto stats = t.vault->stats().value();
  EXPECT_EQ(stats.points, 4);
  EXPECT_LT(stats.bytes_plain, 6'000'000 + 4 * (500'000 + 2 * kLargestCut));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto bytes = common;
    append(bytes, noise(500'000, 100 + static_cast<std::uint32_t>(i)));
    EXPECT_EQ(t.restore(ids[i]).value(), bytes);
  }
}

TEST(Vault, ASessionThatSharesChunksOfARunningOneNeedNotWaitForItsEnd) {
  TestVault t;
  const auto shared = noise(3'000'000, 20);
  auto running = t.vault->begin().value();
  auto stream = running->stream(Cut::content);
  ASSERT_TRUE(stream->append(shared));  // in its frames and packs, none of which is finished
  const auto point = t.backup(shared);
  ASSERT_TRUE(point) << point.error().cause();
  stream.reset();
  running.reset();
  t.reopen();
  EXPECT_EQ(t.restore(point.value().id).value(), shared);
}

TEST(Vault, AStreamWriterServesOneStreamAfterTheOther) {
  TestVault t;
  auto session = t.vault->begin().value();
  auto stream = session->stream(Cut::content);
  std::vector<std::pair<Buffer, std::vector<StreamPart>>> streams;
  for (const std::size_t size : {0UL, 10UL, 70'000UL, 2'000'000UL, 3UL}) {
    const auto bytes = noise(size, static_cast<std::uint32_t>(size + 1));
    const Bytes all(bytes);
    ASSERT_TRUE(stream->append(all.first(size / 3)));
    streams.emplace_back(bytes, stream->finish(all.subspan(size / 3)).value());
  }
  stream.reset();
  ASSERT_TRUE(session->seal());
  for (const auto& [bytes, extents] : streams) {
    Buffer read(bytes.size());
    EXPECT_EQ(t.vault->read(extents)->read(0, read).value(), bytes.size());
    EXPECT_EQ(read, bytes);
  }
}

TEST(Vault, HowAStreamIsHandedOverDoesNotDecideWhereItIsCut) {
  TestVault t;
  const auto bytes = noise(5'000'000, 31);
  for (const auto cut : {Cut::content, Cut::aligned}) {
    auto session = t.vault->begin().value();
    auto stream = session->stream(cut);
    const auto whole = stream->finish(bytes).value();
    EXPECT_GT(whole.size(), 4);
    for (const std::size_t step : {7'001UL, 65'536UL, 300'000UL, 1'048'576UL, 3'000'000UL}) {
      for (Bytes rest(bytes); !rest.empty(); rest = rest.subspan(std::min(step, rest.size()))) {
        ASSERT_TRUE(stream->append(rest.first(std::min(step, rest.size()))));
      }
      const auto pieces = stream->finish().value();
      ASSERT_EQ(pieces.size(), whole.size()) << step;
      for (std::size_t i = 0; i < whole.size(); ++i) {
        EXPECT_EQ(pieces[i].chunk, whole[i].chunk) << step;
      }
    }
    stream.reset();
    ASSERT_TRUE(session->seal());
  }
}

TEST(Vault, KnownExtentsAreTakenOverOnlyWhileTheyAreThere) {
  TestVault t;
  const auto point = t.backup(noise(2'000'000, 21)).value();
  const auto extents = read_root(point.root);
  {
    const auto session = t.vault->begin().value();
    EXPECT_TRUE(session->reuse(extents).value());
    EXPECT_EQ(session->totals().bytes_read, 2'000'000);
    EXPECT_EQ(session->totals().chunks_new, 0);
  }
  ASSERT_TRUE(t.remove(point.id));
  ASSERT_TRUE(t.vault->collect({}));
  const auto session = t.vault->begin().value();
  EXPECT_FALSE(session->reuse(extents).value());
  EXPECT_EQ(session->totals().bytes_read, 0);
}

TEST(Vault, PiecesAreTheStreamsBytes) {
  TestVault t;
  const auto bytes = noise(1'000'000, 22);
  const auto point = t.backup(bytes).value();
  const auto reader = t.vault->read(read_root(t.vault->point(point.id).value().root));
  Buffer all;
  for (std::uint64_t at = 0; at < reader->size(); at = all.size()) {
    const auto piece = reader->piece(at).value();
    ASSERT_FALSE(piece.bytes.empty());
    append(all,
           piece.bytes.first(std::min<std::size_t>(piece.bytes.size(), 77'777)));  // also from the middle of a chunk
  }
  EXPECT_EQ(all, bytes);
}

TEST(Vault, ASessionThatIsDroppedLeavesNoPoint) {
  TestVault t;
  {
    auto session = t.vault->begin().value();
    auto stream = session->stream(Cut::content);
    ASSERT_TRUE(stream->append(noise(3'000'000, 7)));
    ASSERT_TRUE(stream->finish());
  }
  EXPECT_EQ(t.vault->stats().value().points, 0);
  EXPECT_TRUE(t.vault->collect({}));
  EXPECT_TRUE(t.object_names("packs").empty());
}

TEST(Vault, OpensOnlyWithItsKey) {
  TestVault t;
  t.key.secret[0] ^= 1;
  EXPECT_EQ(t.try_reopen(t.real_disk).error().kind(), Errc::forbidden);
  t.key = {KeyEncryptionKey::Kind::passphrase, Buffer(3, 'x')};
  EXPECT_EQ(t.try_reopen(t.real_disk).error().kind(), Errc::forbidden);
}

TEST(Vault, ChangesItsKeyWithoutTouchingData) {
  TestVault t;
  const auto bytes = noise(1'000'000, 8);
  const auto point = t.backup(bytes).value();
  const KeyEncryptionKey passphrase{KeyEncryptionKey::Kind::passphrase, Buffer(20, 'p')};
  ASSERT_TRUE(t.vault->change_key(t.key, passphrase));
  EXPECT_EQ(t.try_reopen(t.real_disk).error().kind(), Errc::forbidden);
  t.key = passphrase;
  t.reopen();
  EXPECT_EQ(t.restore(point.id).value(), bytes);
}

TEST(Vault, DestroyedNothingOfItIsLeft) {
  TestVault t;
  ASSERT_TRUE(t.backup(noise(3'000'000, 9)));
  t.vault.reset();
  for (int repeated = 0; repeated < 2; ++repeated) {
    ASSERT_TRUE(destroy_vault(*t.database, *t.objects, "v"));
    EXPECT_TRUE(t.objects->list("v/", "", 10).value().empty());
  }
  EXPECT_EQ(t.try_reopen(t.real_disk).error().kind(), Errc::not_found);
  // A vault created at the same place knows nothing of the old one.
  ASSERT_TRUE(create_vault(*t.database, *t.objects, t.random, "v", t.key));
  t.reopen();
  EXPECT_TRUE(t.vault->points("s").value().empty());
  EXPECT_EQ(t.vault->stats().value().packs, 0);
}

TEST(Vault, ThePointAndTheOwnersRecordsStandOrFallTogether) {
  TestVault t;
  auto session = t.vault->begin().value();
  const auto refused = t.vault->commit(std::move(session), "s", {},
                                       [](store::Writer&, const Point&) -> Result<> { return conflict("no"); });
  EXPECT_EQ(refused.error().kind(), Errc::conflict);
  EXPECT_EQ(t.vault->stats().value().points, 0);
  Guid told;
  const auto point = t.vault->commit(t.vault->begin().value(), "s", {}, [&](store::Writer&, const Point& made) {
    told = made.id;
    return Result<>(ok());
  });
  EXPECT_EQ(point.value().id, told);
}

TEST(Vault, MemoryForTheIndexIsBounded) {
  Options options;
  options.index_memory = 160 * 300;  // 300 chunks in memory, then runs
  TestVault t(options);
  std::vector<std::pair<Guid, Buffer>> points;
  for (std::uint32_t i = 0; i < 12; ++i) {
    auto session = t.vault->begin().value();
    std::vector<StreamPart> extents;
    Buffer all;
    for (std::uint32_t k = 0; k < 60; ++k) {
      auto stream = session->stream(Cut::content);
      const auto bytes = noise(3000, i * 1000 + k);
      append(all, bytes);
      ASSERT_TRUE(stream->append(bytes));
      const auto some = stream->finish().value();
      extents.insert(extents.end(), some.begin(), some.end());
    }
    points.emplace_back(t.vault->commit(std::move(session), "s", write_root(extents), {}).value().id, all);
  }
  EXPECT_FALSE(t.object_names("index").empty());
  t.reopen();
  for (const auto& [id, bytes] : points) {
    EXPECT_EQ(t.restore(id).value(), bytes);
  }
  // A damaged run is rebuilt from the packs.
  for (const auto& file : t.files("index")) {
    const auto object = t.real_disk.open(file, OpenMode::write).value();
    ASSERT_TRUE(object->write_at(Buffer(200, 0xEE), object->size().value() - 300));
  }
  t.reopen();
  for (const auto& [id, bytes] : points) {
    EXPECT_EQ(t.restore(id).value(), bytes);
  }
}

}  // namespace
}  // namespace quaymaster::vault
