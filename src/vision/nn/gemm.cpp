#include "vision/nn/gemm.h"

#include <dnnl.hpp>

#include "base/error.h"

namespace veilray::vision::nn {

void multiply(Rows<float> out, Rows<const float> left, Rows<const float> right, Right orientation,
              std::int64_t m, std::int64_t n, std::int64_t k, float alpha, float beta) {
  const char turn = orientation == Right::kTransposed ? 'T' : 'N';
  const auto status = dnnl_sgemm('N', turn, m, n, k, alpha, left.data, left.stride, right.data,
                                 right.stride, beta, out.data, out.stride);
  if (status != dnnl_success) {
    throw Error(ErrorCode::kInternal, "oneDNN refused a matrix product");
  }
}

}  // namespace veilray::vision::nn
