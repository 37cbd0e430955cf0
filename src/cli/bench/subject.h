#pragma once
// What the group `network` times: a model, the VQGAN of its kit, and latents for it.
#include <optional>
#include <vector>

#include "base/error.h"
#include "cli/bench/harness.h"
#include "cli/vqgan_source.h"
#include "plan/model.h"
#include "tensor/tensor.h"

namespace veilray::cli {

struct BenchSubject {
  plan::LoadedModel model;
  std::optional<Vqgan> vqgan;           // if the kit holds one
  std::vector<tensor::Tensor> latents;  // distinct, one for each repetition, at most ten
};

/// The model that the options name, else the default one, else `hefnet` with random weights,
/// compiled in memory. Latents are those of drawn films where the kit holds a VQGAN, else standard
/// normal.
Result<BenchSubject> bench_subject(const BenchOptions& options, Context& context);

}  // namespace veilray::cli
