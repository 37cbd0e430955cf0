#include "math/kernels/scalar.h"
namespace veilray::math {
const KernelTable* avx2_kernels() { return nullptr; }
}  // namespace veilray::math
