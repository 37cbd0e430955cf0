#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"

namespace veilray {

struct ThreadPool::State {
  /// One parallel_for: indices are drawn from a counter, so uneven bodies still fill the cores.
  struct Job {
    const std::function<void(std::size_t, std::size_t)>& body;
    std::size_t count;
    std::atomic<std::size_t> next{0};
    std::mutex mutex = {};
    std::exception_ptr first_error = nullptr;

    void run(std::size_t worker) noexcept {
      try {
        for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
          body(i, worker);
        }
      } catch (...) {
        next.store(count, std::memory_order_relaxed);  // nobody draws another index
        const std::lock_guard lock(mutex);
        if (!first_error) first_error = std::current_exception();
      }
    }
  };

  std::vector<std::thread> helpers;  // the caller is worker 0, helper i is worker i + 1
  std::size_t threads = 1;
  std::atomic<bool> busy{false};

  std::mutex mutex;
  std::condition_variable start, done;
  Job* job = nullptr;            // guarded by mutex, as all below
  std::uint64_t generation = 0;  // of the job: a helper works on each once
  std::size_t working = 0;       // helpers that have not finished the job
  bool stop = false;

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    start.notify_all();
    for (std::thread& helper : helpers) helper.join();
  }

  void help(std::size_t worker) {
    std::unique_lock lock(mutex);
    for (std::uint64_t seen = 0;;) {
      start.wait(lock, [&] { return stop || generation != seen; });
      if (stop) return;
      seen = generation;
      Job& current = *job;
      lock.unlock();
      current.run(worker);
      lock.lock();
      if (--working == 0) done.notify_one();
    }
  }

  void run(Job& current) {
    if (!helpers.empty() && current.count > 1) {
      const std::lock_guard lock(mutex);
      job = &current;
      ++generation;
      working = helpers.size();
      start.notify_all();
    }
    current.run(0);
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return working == 0; });
  }
};

ThreadPool::ThreadPool(std::size_t threads) : state_(std::make_unique<State>()) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  state_->threads = threads;
  for (std::size_t worker = 1; worker < threads; ++worker) {
    state_->helpers.emplace_back([state = state_.get(), worker] { state->help(worker); });
  }
}

ThreadPool::~ThreadPool() = default;

std::size_t ThreadPool::threads() const noexcept { return state_->threads; }

void ThreadPool::parallel_for(std::size_t count,
                              const std::function<void(std::size_t, std::size_t)>& body) {
  if (state_->busy.exchange(true)) {
    throw Error(ErrorCode::kInternal, "parallel_for within parallel_for");
  }
  State::Job job{.body = body, .count = count};
  state_->run(job);
  state_->busy.store(false);
  if (job.first_error) std::rethrow_exception(job.first_error);
}

}  // namespace veilray
