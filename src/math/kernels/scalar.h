#pragma once
#include "math/kernels/table.h"

namespace veilray::math {

/// Runs everywhere; the reference that the other tables must equal, and what they fall back to for
/// transforms too small for their registers.
const KernelTable& scalar_kernels();

// Null where the program was built without them.
const KernelTable* avx2_kernels();
const KernelTable* avx512_kernels();

}  // namespace veilray::math
