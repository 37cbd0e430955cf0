#pragma once
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "graph/graph.h"
#include "plan/plan.h"
#include "tensor/tensor.h"

namespace veilray::runtime {

struct CompileOptions {
  double precision = 1e-3;  // of a logit, absolute
  /// Inputs [c, h, w] that ranges and errors are measured on; standard normal ones if empty.
  std::vector<tensor::Tensor> calibration;
  std::uint32_t images = 1;  // that one ciphertext is to carry
};

/// Plans a fused network (what graph/passes/pipeline leaves): parameters, packing, levels and
/// scales, checked on clear-slot runs with simulated noise against the float network. Fails with
/// kUnsupported, naming the node or the limit; kInvalidArgument for calibration inputs that do not
/// fit.
Result<plan::Plan> compile(const graph::Graph& fused, const CompileOptions& options,
                           ThreadPool& pool, Progress& progress);

}  // namespace veilray::runtime
