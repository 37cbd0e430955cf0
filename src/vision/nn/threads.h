#pragma once
// The one place of the project that uses OpenMP: oneDNN brings libgomp, whose workers spin between
// its primitives, and a second pool beside them would fight for the same cores.
#include <cstddef>
#include <cstdint>
#include <functional>

namespace veilray::vision::nn {

/// While it lives, oneDNN and parallel_for on this thread use `threads` threads (zero: one per
/// core). Layers must be made and run under the same number.
class ThreadScope {
 public:
  explicit ThreadScope(std::size_t threads);
  ~ThreadScope();
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

/// body(i) for i in [0, count), in any order. body must not throw.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body);

}  // namespace veilray::vision::nn
