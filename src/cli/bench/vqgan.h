#pragma once
#include <optional>
#include <vector>

#include "base/error.h"
#include "cli/bench/harness.h"
#include "cli/vqgan_source.h"

namespace veilray::cli {

/// Rows `vqgan_encode` and `vqgan_decode` at factor 8 and ch = 64: the kit's own VQGAN if it has
/// that size, else random weights, whose time is the same.
Result<std::vector<BenchRow>> bench_vqgan(const BenchOptions& options,
                                          const std::optional<Vqgan>& kits, Context& context);

}  // namespace veilray::cli
