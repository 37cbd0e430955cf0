#include "vision/nn/gemm.h"

#include <algorithm>
#include <atomic>
#include <dnnl.hpp>

#include "base/error.h"
#include "vision/nn/threads.h"

namespace veilray::vision::nn {

namespace {

// Left alone, sgemm may cut the sum into as many parts as there are threads, and bits would depend
// on their number. Inside parallel_for it uses one thread, so the rows are shared out here.
constexpr std::int64_t kRowsPerTask = 128;

}  // namespace

void multiply(Rows<float> out, Rows<const float> left, Rows<const float> right, Right orientation,
              std::int64_t m, std::int64_t n, std::int64_t k, float alpha, float beta) {
  const char turn = orientation == Right::kTransposed ? 'T' : 'N';
  std::atomic<bool> refused = false;
  parallel_for((m + kRowsPerTask - 1) / kRowsPerTask, [&](std::int64_t task) {
    const std::int64_t begin = task * kRowsPerTask;
    const auto status = dnnl_sgemm('N', turn, std::min(kRowsPerTask, m - begin), n, k, alpha,
                                   left.data + begin * left.stride, left.stride, right.data,
                                   right.stride, beta, out.data + begin * out.stride, out.stride);
    if (status != dnnl_success) refused = true;
  });
  if (refused) throw Error(ErrorCode::kInternal, "oneDNN refused a matrix product");
}

}  // namespace veilray::vision::nn
