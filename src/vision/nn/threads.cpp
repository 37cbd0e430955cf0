#include "vision/nn/threads.h"

#ifdef _OPENMP
#include <omp.h>
#endif

#include <algorithm>

namespace veilray::vision::nn {

#ifdef _OPENMP

ThreadScope::ThreadScope(std::size_t threads) : before_(omp_get_max_threads()) {
  constexpr std::size_t kMostThreads = 1024;
  const int cores = std::max(1, omp_get_num_procs());
  omp_set_num_threads(threads == 0 ? cores : static_cast<int>(std::min(threads, kMostThreads)));
}

ThreadScope::~ThreadScope() { omp_set_num_threads(before_); }

#else  // a compiler without OpenMP (the fuzz build's): oneDNN keeps its own number

ThreadScope::ThreadScope(std::size_t threads) : before_(static_cast<int>(threads)) {}
ThreadScope::~ThreadScope() { static_cast<void>(before_); }

#endif

void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body) {
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
  for (std::int64_t i = 0; i < count; ++i) body(i);
}

}  // namespace veilray::vision::nn
