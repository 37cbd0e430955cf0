#include <cstdlib>
#include <string>
#include <string_view>

#include "math/kernels/scalar.h"

namespace veilray::math {
namespace {

struct Candidate {
  std::string_view name;
  const KernelTable* table;  // null: not in this build
  bool runs;                 // on this processor
};

/// Best first.
std::vector<Candidate> candidates() {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") != 0;
  const bool avx512 =
      avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
      __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0;
#else
  const bool avx2 = false, avx512 = false;
#endif
  return {{"avx512", avx512_kernels(), avx512},
          {"avx2", avx2_kernels(), avx2},
          {"scalar", &scalar_kernels(), true}};
}

}  // namespace

Result<const KernelTable*> select_kernels(const char* wanted) {
  const std::string name = wanted == nullptr ? "" : wanted;
  for (const Candidate& candidate : candidates()) {
    const bool usable = candidate.table != nullptr && candidate.runs;
    if (name.empty() && usable) return candidate.table;
    if (name != candidate.name) continue;
    if (usable) return candidate.table;
    return Failure{ErrorCode::kUnsupported, "this machine does not run " + name, "VEILRAY_KERNELS",
                   "unset it, or use scalar"};
  }
  return Failure{ErrorCode::kInvalidArgument, "no kernels named '" + name + "'", "VEILRAY_KERNELS",
                 "use scalar, avx2 or avx512"};
}

const KernelTable& kernels() {
  static const KernelTable& chosen = *select_kernels(std::getenv("VEILRAY_KERNELS")).value();
  return chosen;
}

std::vector<const KernelTable*> available_kernels() {
  std::vector<const KernelTable*> tables;
  for (const Candidate& candidate : candidates()) {
    if (candidate.table != nullptr && candidate.runs) {
      tables.insert(tables.begin(), candidate.table);
    }
  }
  return tables;
}

}  // namespace veilray::math
