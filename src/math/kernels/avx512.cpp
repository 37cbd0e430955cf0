#include "math/kernels/scalar.h"
namespace veilray::math {
const KernelTable* avx512_kernels() { return nullptr; }
}  // namespace veilray::math
