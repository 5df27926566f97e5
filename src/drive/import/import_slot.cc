#include "drive/import/import_slot.h"

#include <algorithm>

#include "base/digests/md5_lanes.h"

namespace quaymaster::drive {
namespace {

/// A range in several pieces, or with a rare algorithm.
void check_one(Slot& slot, Piece& piece, const Range& range) {
  auto& hasher = piece.work->hasher;
  if (piece.first) {
    hasher.emplace(range.algorithm);
  }
  hasher->update(slot.of(piece));
  if (!piece.last) {
    return;
  }
  if (!std::ranges::equal(hasher->finish(), range.hash)) {
    piece.status = RangeStatus::corrupted;
  }
  hasher.reset();
}

}  // namespace

TakesTurns::Ticket TakesTurns::enter() {
  std::unique_lock lock(state_->mutex);
  state_->wait_until_free(lock);
  state_->taken = true;
  return {state_.get(), [state = state_](State*) {
            const std::scoped_lock relock(state->mutex);
            state->taken = false;
            state->freed.notify_all();
          }};
}

void TakesTurns::wait_until_free() {
  std::unique_lock lock(state_->mutex);
  state_->wait_until_free(lock);
}

void BlobWork::fail_range(std::size_t range, RangeStatus status) {
  if (ranges.empty()) {
    ranges.assign(entry.ranges.size(), RangeStatus::completed);
  }
  ranges[range] = status;
}

void check_hashes(std::span<Slot> slots) {
  std::vector<Bytes> inputs;
  std::vector<std::pair<Piece*, Bytes>> wanted;
  for (auto& slot : slots) {
    for (auto& piece : slot.pieces) {
      if (piece.range == Piece::kEnd || piece.status != RangeStatus::completed) {
        continue;
      }
      const auto range = piece.work->entry.ranges[piece.range];
      if (range.hash.empty()) {
        continue;
      }
      if (range.algorithm == HashAlgorithm::md5 && piece.first && piece.last) {
        inputs.push_back(slot.of(piece));
        wanted.emplace_back(&piece, range.hash);
      } else {
        check_one(slot, piece, range);
      }
    }
  }
  std::vector<Md5Digest> digests(inputs.size());
  md5_many(inputs, digests);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!std::ranges::equal(digests[i], wanted[i].second)) {
      wanted[i].first->status = RangeStatus::corrupted;
    }
  }
}

}  // namespace quaymaster::drive
