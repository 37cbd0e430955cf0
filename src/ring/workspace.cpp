#include "ring/workspace.h"

#include <algorithm>

namespace veilray::ring {
namespace {

/// As many as a wide layer frees at once; what is beyond goes back to the system.
constexpr std::size_t kMaxKept = 128;

}  // namespace

AlignedVector<std::uint32_t> Workspace::take_words(std::size_t count) {
  // The tightest fit, so that small requests do not use up the large buffers.
  auto best = free_.end();
  for (auto it = free_.begin(); it != free_.end(); ++it) {
    if (it->capacity() < count) continue;
    if (best == free_.end() || it->capacity() < best->capacity()) best = it;
  }
  AlignedVector<std::uint32_t> words;
  if (best != free_.end()) {
    std::swap(words, *best);
    std::swap(*best, free_.back());
    free_.pop_back();
  }
  words.resize(count);
  return words;
}

void Workspace::give_words(AlignedVector<std::uint32_t> words) {
  if (words.capacity() == 0 || free_.size() >= kMaxKept) return;
  free_.push_back(std::move(words));
}

Team::Team(ThreadPool& pool) : pool_(pool), workspaces_(pool.threads()) {
  for (Workspace& workspace : workspaces_) workspace.team_ = this;
}

}  // namespace veilray::ring
