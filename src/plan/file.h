#pragma once
// plan.bin: magic, SHA-256 of the rest, and the plan with the network's structure as JSON.
// docs/formats/model.md.
#include <span>
#include <vector>

#include "base/error.h"
#include "plan/client_kit.h"
#include "plan/model.h"
#include "tensor/safetensors.h"

namespace veilray::plan {

std::vector<std::byte> write_plan(const Model& model);

/// Everything of a model that plan.bin and the weights hold.
/// Fails with kMalformed: magic, checksum, syntax, ranges, or a network that does not verify.
Result<Model> read_plan(std::span<const std::byte> bytes, tensor::TensorFile weights);

}  // namespace veilray::plan
