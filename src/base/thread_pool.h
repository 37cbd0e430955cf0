#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace veilray {

/// A fixed set of threads, made once in `main` and passed down. With one thread everything runs on
/// the caller, so code above never asks whether there are threads at all.
class ThreadPool {
 public:
  /// threads >= 1, counting the caller. Zero means one per core.
  explicit ThreadPool(std::size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::size_t threads() const noexcept;

  /// Runs body(index, worker) for every index in [0, count), in any order; returns when all are
  /// done. `worker` is in [0, threads()) and belongs to one thread. The first exception is rethrown
  /// here, after the others have stopped.
  ///
  /// A body may call it again: threads that find nothing left in one loop help in the others that
  /// are open. Whoever called it waits for its own loop only, so what a body holds by its worker's
  /// number stays its own.
  /// Throws: Error{kInternal} when called from two threads at once, both outside of the pool.
  void parallel_for(std::size_t count,
                    const std::function<void(std::size_t index, std::size_t worker)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace veilray
