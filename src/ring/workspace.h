#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/aligned.h"
#include "base/thread_pool.h"
#include "ring/poly.h"

namespace veilray::ring {

class Team;

/// Memory that is used again instead of being allocated again: a key switch touches megabytes, and
/// fresh pages would cost as much as the arithmetic. One per thread; never shared.
class Workspace {
 public:
  template <Domain D>
  Poly<D> take(Shape shape) {
    return Poly<D>(shape, take_words(shape.words()));
  }
  template <Domain D>
  void give(Poly<D> poly) {
    give_words(std::move(poly).release());
  }

  /// At least `count` words, contents unspecified.
  AlignedVector<std::uint32_t> take_words(std::size_t count);
  void give_words(AlignedVector<std::uint32_t> words);

  /// body(index, workspace) for every index in [0, count), in any order: on this thread, and on
  /// those of its team that have nothing else to do, each with its own workspace.
  template <class Body>
  void for_each(std::size_t count, const Body& body);

 private:
  friend class Team;
  std::vector<AlignedVector<std::uint32_t>> free_;
  Team* team_ = nullptr;
};

/// A workspace for every thread of a pool. Operations that are given one of them share their work
/// with the others' threads.
class Team {
 public:
  /// `pool` must outlive it.
  explicit Team(ThreadPool& pool);
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::size_t size() const noexcept { return workspaces_.size(); }
  /// That of the thread that the pool knows as `worker`.
  Workspace& of(std::size_t worker) { return workspaces_[worker]; }

 private:
  friend class Workspace;
  ThreadPool& pool_;
  std::deque<Workspace> workspaces_;
};

template <class Body>
void Workspace::for_each(std::size_t count, const Body& body) {
  if (team_ == nullptr) {
    for (std::size_t i = 0; i < count; ++i) body(i, *this);
  } else {
    team_->pool_.parallel_for(
        count, [&](std::size_t i, std::size_t worker) { body(i, team_->of(worker)); });
  }
}

}  // namespace veilray::ring
