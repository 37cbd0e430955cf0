#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"

namespace veilray {
namespace {

/// How long a thread looks for work, or for the end of others', before it sleeps. To be woken takes
/// as long, and an inference has hundreds of loops that follow one another at once.
constexpr std::chrono::microseconds kPatience{50};

/// Returns once condition() holds or patience is at its end.
template <class Condition>
void look_out(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

}  // namespace

struct ThreadPool::State {
  /// One parallel_for: indices are drawn from a counter, so uneven bodies still fill the cores.
  struct Loop {
    const std::function<void(std::size_t, std::size_t)>& body;
    std::size_t count;
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> helpers{0};  // that are in it; rises under State::mutex only
    std::mutex mutex = {};
    std::exception_ptr first_error = nullptr;

    bool has_work() const { return next.load(std::memory_order_relaxed) < count; }
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

  /// Which pool the running thread works for, and as whom.
  struct Place {
    const State* pool = nullptr;
    std::size_t worker = 0;
  };
  static thread_local Place place;

  std::vector<std::thread> helpers;  // the caller is worker 0, helper i is worker i + 1
  std::size_t threads = 1;
  std::atomic<bool> entered{false};    // by a thread from outside
  std::atomic<std::size_t> opened{0};  // loops so far

  std::mutex mutex;
  std::condition_variable start, done;
  std::vector<Loop*> open;  // guarded by mutex, as is stop
  bool stop = false;

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    start.notify_all();
    for (std::thread& helper : helpers) helper.join();
  }

  /// An open loop with work left, the outermost first: its pieces are the largest.
  Loop* find_work() const {
    const auto found =
        std::ranges::find_if(open, [](const Loop* loop) { return loop->has_work(); });
    return found == open.end() ? nullptr : *found;
  }

  void help(std::size_t worker) {
    place = {this, worker};
    std::unique_lock lock(mutex);
    for (;;) {
      Loop* loop = nullptr;
      const auto found = [&] { return stop || (loop = find_work()) != nullptr; };
      if (!found()) {
        const std::size_t seen = opened.load(std::memory_order_relaxed);
        lock.unlock();
        look_out([&] { return opened.load(std::memory_order_relaxed) != seen; });
        lock.lock();
        start.wait(lock, found);
      }
      if (stop) return;
      loop->helpers.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
      loop->run(worker);
      lock.lock();
      if (loop->helpers.fetch_sub(1, std::memory_order_release) == 1) done.notify_all();
    }
  }

  void run(Loop& loop, std::size_t worker) {
    if (helpers.empty() || loop.count <= 1) return loop.run(worker);
    {
      const std::lock_guard lock(mutex);
      open.push_back(&loop);
      opened.fetch_add(1, std::memory_order_relaxed);
    }
    start.notify_all();
    loop.run(worker);
    {
      const std::lock_guard lock(mutex);
      std::erase(open, &loop);  // now no further helper finds it
    }
    const auto alone = [&] { return loop.helpers.load(std::memory_order_acquire) == 0; };
    look_out(alone);
    std::unique_lock lock(mutex);
    done.wait(lock, alone);
  }
};

thread_local ThreadPool::State::Place ThreadPool::State::place;

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
  State::Loop loop{.body = body, .count = count};
  const State::Place before = State::place;
  if (before.pool == state_.get()) {
    state_->run(loop, before.worker);
  } else {
    if (state_->entered.exchange(true)) {
      throw Error(ErrorCode::kInternal, "parallel_for from two threads at once");
    }
    State::place = {state_.get(), 0};
    state_->run(loop, 0);
    State::place = before;
    state_->entered.store(false);
  }
  if (loop.first_error) std::rethrow_exception(loop.first_error);
}

}  // namespace veilray
